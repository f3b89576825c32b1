"""Procfile.prod with the rules of production, under plain Honcho and by `env.start`."""

import shutil
import signal
import sys
import urllib.request
from collections.abc import Iterator
from http.client import HTTPMessage
from pathlib import Path

import psycopg
import pytest

from backend.database.migrate import migrate, read_migrations
from env.services.places import ROOT, free_port
from env.services.postgres import create_database
from env.tests.supervisor.stack import Stack, eventually

pytestmark = pytest.mark.heavy
# The web server would have to be built first: `nox -s frontend` does that.
NAMES = ("api", "worker", "scheduler")
STARTERS = {"honcho": ("honcho", "start", "-f", "Procfile.prod"), "ours": ("env.start",)}
START_SECONDS = 120.0


@pytest.fixture
def dsn(postgres_dsn: str) -> str:
    """Of a migrated database, with a password that is no default."""
    dsn = create_database(postgres_dsn, "production")
    with psycopg.connect(dsn) as connection:
        migrate(connection, read_migrations())
        connection.execute("drop role if exists app")
        connection.execute("create role app superuser login password '8hT3kQ'")
    return dsn.replace("://postgres:postgres@", "://app:8hT3kQ@")


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    ignored = shutil.ignore_patterns("tests", "__pycache__")
    for package in ("env", "backend", "frontend/drizzle"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    for name in ("Procfile", "Procfile.prod", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    stack = Stack(tmp_path)
    yield stack
    stack.clear()


def _get(address: str) -> tuple[int, HTTPMessage | None]:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status, answer.headers
    except OSError:
        return 0, None


@pytest.mark.parametrize("starter", STARTERS)
def test_it_serves_until_it_is_told_to_end(stack: Stack, dsn: str, redis_url: str, starter: str) -> None:
    port = free_port()
    environment = {
        **stack.environment,
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(stack.folder),
        "PIXCRAWLER_ENVIRONMENT": "production",
        "SUPABASE_URL": "https://abc.supabase.co",
        "SUPABASE_ANON_KEY": "sb_publishable_" + "a1b2c3d4e5" * 3,
        "SUPABASE_SERVICE_ROLE_KEY": "sb_secret_" + "a1b2c3d4e5" * 3,
        "STORAGE_SIGNING_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
        "DATABASE_URL": dsn,
        "REDIS_URL": f"{redis_url}/4",
        "CELERY_BROKER_URL": f"{redis_url}/5",
        "UVICORN_HOST": "0.0.0.0",  # noqa: S104 - as a container does
        "UVICORN_PORT": str(port),
    }
    command = [sys.executable, "-m", *STARTERS[starter], *NAMES]
    stack.launch(command=command, folder=stack.folder, environment=environment)
    assert eventually(lambda: _get(f"http://127.0.0.2:{port}/health")[0] == 200, START_SECONDS), stack.output
    status, headers = _get(f"http://127.0.0.2:{port}/health/ready")
    assert status == 200
    assert headers is not None
    assert "server" not in headers
    assert stack.said('{"event": "scheduler started"', seconds=60), "the log of production is JSON"
    assert stack.said('{"event": "celery@', seconds=60)
    stack.send(signal.SIGTERM)
    assert stack.code(60) == 143
    if starter == "ours":
        assert f"api  http://0.0.0.0:{port}" in stack.output
        assert not stack.survivors()
