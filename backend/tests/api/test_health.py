import asyncio
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import redis
from sqlalchemy import Engine, event

from backend.core.net.redis import RedisRequiredError, check_redis_available, connect_redis
from backend.tests.issuer import Issuer
from backend.tests.world import World, served, settings_for
from env.services.redis.temporary import temporary_redis

ROOT = Path(__file__).resolve().parents[3]
NOWHERE = "redis://127.0.0.1:1"


def _get(url: str, path: str) -> tuple[int, dict]:
    response = httpx.get(url + path, timeout=10)
    return response.status_code, response.json()


def test_everything_is_fine_while_a_worker_beats(world: World, redis_url: str):
    redis.Redis.from_url(redis_url, db=0).set("pixcrawler:worker:test", "1", ex=60)
    status, body = _get(world.url, "/health")

    assert (status, body["status"]) == (200, "ok"), body
    assert set(body["components"]) == {"database", "migrations", "storage", "redis", "workers"}


def test_a_burst_of_probes_costs_little_more_than_one(world: World):
    async def probe() -> list[httpx.Response]:
        async with httpx.AsyncClient(timeout=20) as client:
            return await asyncio.gather(*(client.get(f"{world.url}/health") for _ in range(100)))

    statements: list[str] = []

    def count(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(Engine, "before_cursor_execute", count)
    try:
        answers = asyncio.run(probe())
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert {answer.status_code for answer in answers} == {200}
    assert len(statements) < 20


def test_without_redis_the_api_starts_and_serves(migrated: str, issuer: Issuer, tmp_path: Path):
    with served(settings_for(migrated, NOWHERE, issuer, tmp_path)) as url:
        assert _get(url, "/health/live") == (200, {"status": "ok"})
        assert _get(url, "/health/ready")[0] == 200
        status, body = _get(url, "/health")

    assert (status, body["status"]) == (200, "degraded")
    assert {name for name, part in body["components"].items() if part["status"] == "degraded"} == {
        "redis",
        "workers",
    }


def test_redis_may_leave_and_come_back(migrated: str, issuer: Issuer, tmp_path: Path):
    with temporary_redis() as address, served(settings_for(migrated, address, issuer, tmp_path)) as url:
        assert _get(url, "/health")[1]["components"]["redis"]["status"] == "ok"
        redis.Redis.from_url(address).shutdown(nosave=True)
        assert _get(url, "/health/ready")[0] == 200


def test_without_a_database_it_lives_but_is_not_ready(redis_url: str, issuer: Issuer, tmp_path: Path):
    nowhere = "postgresql://postgres:secretword@127.0.0.1:1/postgres"
    with served(settings_for(nowhere, redis_url, issuer, tmp_path)) as url:
        assert _get(url, "/health/live")[0] == 200
        status, body = _get(url, "/health/ready")
        refused = httpx.get(
            f"{url}/api/v1/projects", headers={"Authorization": f"Bearer {issuer.token(uuid4())}"}, timeout=20
        )

    assert (status, body["components"]["database"]["status"]) == (503, "down")
    assert "secretword" not in str(body)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")


def test_a_database_without_our_tables_is_not_ready(
    cluster: str, redis_url: str, issuer: Issuer, tmp_path: Path
):
    with served(settings_for(cluster, redis_url, issuer, tmp_path)) as url:
        status, body = _get(url, "/health/ready")

    assert status == 503
    assert body["components"]["database"]["status"] == "ok"
    assert body["components"]["migrations"]["status"] == "down"


def _check(*, is_required: bool) -> bool:
    async def check() -> bool:
        client = connect_redis(NOWHERE)
        try:
            return await check_redis_available(client, is_required=is_required)
        finally:
            await client.aclose()

    return asyncio.run(check())


def test_development_warns_and_goes_on(caplog: pytest.LogCaptureFixture):
    assert _check(is_required=False) is False
    assert "going on without it" in caplog.text


def test_production_stops_with_one_clear_line():
    with pytest.raises(RedisRequiredError, match=r"Redis does not answer \(REDIS_URL\)"):
        _check(is_required=True)
    environment = {
        "PIXCRAWLER_ENVIRONMENT": "production",
        "DATABASE_URL": "postgresql://pix:Zk3-9vQ@127.0.0.1:1/pix",
        "SUPABASE_URL": "https://qwertyuiop.supabase.co",
        "STORAGE_SIGNING_KEY": "Jr8vQ2mN7pXs4kLw9tYz3bHc6dFg1aSe",
        "ALLOWED_ORIGINS": "https://app.pixcrawler.dev",
        "REDIS_URL": f"{NOWHERE}/0",
        "CRAWLER_ALLOWED_HOSTS": "",
    }
    command = [sys.executable, "-m", "uvicorn", "backend.main:app", "--port", "0"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode != 0
    assert "Redis does not answer (REDIS_URL): production does not start without it." in done.stderr
    assert "Traceback" not in done.stderr
