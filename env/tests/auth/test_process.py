"""`python -m env.services.auth` as the Procfile starts it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psycopg
import pytest

from backend.database.migrate import migrate, read_migrations
from env.services.auth.keys import ensure_signing_key, mint_api_key
from env.services.places import ROOT, free_port
from env.services.postgres import create_database


def apply_migrations(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        migrate(connection, read_migrations())


@pytest.fixture(scope="module")
def migrated_dsn(postgres_dsn: str) -> str:
    """Not that of the other tests: a new user gets a profile here."""
    dsn = create_database(postgres_dsn, "auth_process")
    apply_migrations(dsn)
    return dsn


def environment(directory: Path, dsn: str, **changes: str) -> dict[str, str]:
    return {
        **os.environ,
        "PIXCRAWLER_ENVIRONMENT": "test",
        "DATABASE_URL": dsn,
        "SUPABASE_URL": f"http://127.0.0.1:{free_port()}",
        "SUPABASE_ANON_KEY": "",
        "SUPABASE_SERVICE_ROLE_KEY": "",
        "AUTH_DATA_DIR": str(directory),
        "AUTH_PORT": "",
        "PYTHONUNBUFFERED": "1",
        **changes,
    }


def start(environ: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "env.services.auth"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def wait_until_healthy(process: subprocess.Popen[str], url: str) -> httpx.Response:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return httpx.get(f"{url}/auth/v1/health")
        except httpx.TransportError:
            time.sleep(0.05)
    process.kill()
    raise AssertionError(f"the emulator did not start:\n{process.communicate()[0]}")


def test_process_answers_and_stops_on_sigterm(migrated_dsn: str, tmp_path: Path) -> None:
    environ = environment(tmp_path, migrated_dsn)
    process = start(environ)
    answer = wait_until_healthy(process, environ["SUPABASE_URL"])
    assert answer.headers["x-pixcrawler-emulator"] == "1"
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=15)
    assert process.returncode in {0, -signal.SIGTERM}
    assert environ["SUPABASE_URL"] in output


def test_process_waits_for_the_migrations_and_says_so(postgres_dsn: str, tmp_path: Path) -> None:
    dsn = create_database(postgres_dsn, "auth_waits")
    environ = environment(tmp_path, dsn)
    process = start(environ)
    assert process.stdout is not None
    expected = "waiting for the migrated database: its migrations are not applied yet\n"
    assert process.stdout.readline() == expected
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{environ['SUPABASE_URL']}/auth/v1/health")
    apply_migrations(dsn)
    wait_until_healthy(process, environ["SUPABASE_URL"])
    process.terminate()
    output, _ = process.communicate(timeout=15)
    assert "waiting" not in output


def test_process_waits_for_a_database_that_is_not_there(tmp_path: Path) -> None:
    nowhere = f"postgresql://postgres:hunter2hunter2@127.0.0.1:{free_port()}/postgres"
    process = start(environment(tmp_path, nowhere))
    assert process.stdout is not None
    said = process.stdout.readline()
    process.terminate()
    output, _ = process.communicate(timeout=15)
    assert said.startswith("waiting for the migrated database: ")
    assert "hunter2" not in said + output
    assert "Traceback" not in output


def test_keys_of_another_workspace_are_named(migrated_dsn: str, tmp_path: Path) -> None:
    foreign = mint_api_key(ensure_signing_key(tmp_path / "other"), "anon")
    environ = environment(tmp_path / "auth", migrated_dsn, SUPABASE_ANON_KEY=foreign)
    process = start(environ)
    wait_until_healthy(process, environ["SUPABASE_URL"])
    process.terminate()
    output, _ = process.communicate(timeout=15)
    assert "SUPABASE_ANON_KEY was not signed" in output
    assert foreign not in output


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"PIXCRAWLER_ENVIRONMENT": "production"}, 2, "never runs in production"),
        ({"AUTH_AUTOCONFIRM": "perhaps"}, 2, "AUTH_AUTOCONFIRM"),
        ({"SUPABASE_URL": "https://project.supabase.test"}, 0, "real project"),
    ],
)
def test_process_that_must_not_serve_ends_with_one_line(
    tmp_path: Path, changes: dict[str, str], code: int, words: str
) -> None:
    environ = environment(tmp_path, "postgresql://postgres:postgres@127.0.0.1:9/postgres", **changes)
    process = start(environ)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == code
    assert words in output
    assert len(output.strip().splitlines()) == 1
