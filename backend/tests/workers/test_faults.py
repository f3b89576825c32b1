"""Faults that the worker and the scheduler live through: they are started once for all of these tests."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from pydantic import SecretStr

from backend.core.settings.database import DatabaseSettings
from backend.database.session import create_worker_engine
from backend.storage import LocalStorage
from backend.tests.crawler.site import Site, running_site
from backend.tests.workers.conftest import Stack, World, eventually, ready_stack
from backend.tests.workers.work import assert_whole, serve_slowly


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture(scope="module")
def storage_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("storage")


@pytest.fixture(scope="module")
def stack(
    postgres: str, redis_server: str, site: Site, storage_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    logs = tmp_path_factory.mktemp("logs")
    with ready_stack(postgres, redis_server, site, storage_path, logs) as stack:
        stack.up()
        yield stack


@pytest.fixture
def world(postgres: str, storage_path: Path) -> Iterator[World]:
    """A new user beside the others: emptying the tables would collide with the scheduler."""
    settings = DatabaseSettings(url=SecretStr(postgres), pool_size=4)
    engine = create_worker_engine(settings)
    world = World(postgres, LocalStorage(storage_path), settings, engine)
    world.settle_in()
    yield world
    engine.dispose()


class TestLivedThrough:
    def test_killed_pool_process_s_chunk_is_finished_by_another(
        self, world: World, stack: Stack, site: Site
    ) -> None:
        job_id = world.begin(serve_slowly(site, 40, 0.25))
        eventually(lambda: world.job(job_id).images_stored, lambda stored: 0 < stored < 40)
        os.kill(int(world.chunks(job_id)[0].lease_owner.rpartition(":")[2]), signal.SIGKILL)
        world.wait_for(job_id)
        assert_whole(world, job_id, 40)

    def test_flushed_redis_loses_nothing(
        self, world: World, stack: Stack, site: Site, redis_server: str
    ) -> None:
        job_id = world.begin(serve_slowly(site, 200, 0.1))
        eventually(lambda: world.job(job_id).images_stored, lambda stored: stored > 0)
        with redis.Redis.from_url(redis_server) as client:
            client.flushall()
        world.wait_for(job_id)
        assert_whole(world, job_id, 200)

    def test_stop_takes_effect_within_seconds(self, world: World, stack: Stack, site: Site) -> None:
        job_id = world.begin(serve_slowly(site, 200, 1))
        eventually(lambda: world.job(job_id).images_stored, lambda stored: stored > 0)
        world.stop(job_id)
        started = time.monotonic()
        world.wait_for(job_id, "stopped", seconds=10)
        assert time.monotonic() - started < 5
        assert {chunk.state for chunk in world.chunks(job_id)} <= {"done", "cancelled"}

    def test_file_of_a_broken_off_write_is_swept_up(
        self, world: World, stack: Stack, storage_path: Path
    ) -> None:
        broken = storage_path / "exports" / ".partial-abc"
        broken.parent.mkdir(exist_ok=True)
        broken.write_bytes(b"half")
        os.utime(broken, (0, 0))
        eventually(broken.exists, lambda there: not there, 10)

    def test_cut_database_connections_are_made_again(self, world: World, stack: Stack, site: Site) -> None:
        before = len(stack.log("one"))
        job_id = world.begin(serve_slowly(site, 80, 0.2))
        eventually(lambda: world.job(job_id).images_stored, lambda stored: stored > 0)
        for _ in range(2):
            world.rows("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()")
            time.sleep(0.3)
        world.wait_for(job_id)
        assert_whole(world, job_id, 80)
        assert "Traceback" not in stack.log("one")[before:] + stack.log("scheduler")
