import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import redis
from psycopg.rows import namedtuple_row
from pydantic import SecretStr
from sqlalchemy import Engine

from backend.core.settings.database import DatabaseSettings
from backend.crawler import CrawlPolicy
from backend.database.migrate import migrate, read_migrations
from backend.database.session import Database, create_worker_engine
from backend.database.states import SourceType
from backend.services import crawl_jobs, crawl_transitions, exports
from backend.storage import LocalStorage
from backend.tests.crawler.site import Site, running_site
from backend.workers.timing import Timing
from backend.workers.workplace import Workplace
from env.services.postgres import temporary_cluster
from env.services.redis import temporary_redis

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with temporary_cluster(tmp_path_factory.mktemp("postgres") / "data") as dsn:
        with psycopg.connect(dsn) as connection:
            migrate(connection, read_migrations())
        yield dsn


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    with temporary_redis() as url:
        yield url


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@dataclass
class World:
    """One user with one project, and everything a test wants to do and see there."""

    dsn: str
    storage: LocalStorage
    settings: DatabaseSettings
    engine: Engine
    user_id: UUID = field(default_factory=uuid4)
    project_id: UUID = field(default_factory=uuid4)

    def rows(self, statement: str, *parameters: object) -> list[Any]:
        with psycopg.connect(self.dsn, autocommit=True, row_factory=namedtuple_row) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def value(self, statement: str, *parameters: object) -> Any:
        return self.rows(statement, *parameters)[0][0]

    def settle_in(self) -> None:
        self.rows(
            "insert into auth.users (id, email) values (%s, %s)", self.user_id, f"{self.user_id}@test.invalid"
        )
        self.rows(
            "insert into projects (id, user_id, name) values (%s, %s, 'Birds')", self.project_id, self.user_id
        )

    def create(self, sources: list[str], source_type: SourceType = "url_list", **limits: Any) -> UUID:
        def job(session):
            return crawl_jobs.create_crawl_job(
                session,
                self.user_id,
                self.project_id,
                name="",
                source_type=source_type,
                sources=sources,
                **limits,
            )

        return self._serve(job).id

    def start(self, job_id: UUID) -> UUID:
        self._serve(lambda session: crawl_transitions.start_crawl_job(session, self.user_id, job_id))
        return job_id

    def stop(self, job_id: UUID) -> None:
        self._serve(lambda session: crawl_transitions.stop_crawl_job(session, self.user_id, job_id))

    def retry(self, job_id: UUID) -> None:
        self._serve(lambda session: crawl_transitions.retry_crawl_job(session, self.user_id, job_id))

    def begin(self, sources: list[str], source_type: SourceType = "url_list", **limits: Any) -> UUID:
        return self.start(self.create(sources, source_type, **limits))

    def export(self) -> UUID:
        def job(session):
            return exports.create_export(session, self.user_id, self.project_id, "imagefolder")

        return self._serve(job).id

    def _serve(self, work: Callable):
        async def run():
            database = Database.connect(self.settings)
            try:
                async with database.transaction() as session:
                    return await work(session)
            finally:
                await database.close()

        return asyncio.run(run())

    def job(self, job_id: UUID) -> Any:
        return self.rows("select * from crawl_jobs where id = %s", job_id)[0]

    def urls(self, job_id: UUID) -> list[Any]:
        return self.rows("select * from crawl_urls where crawl_job_id = %s order by id", job_id)

    def chunks(self, job_id: UUID) -> list[Any]:
        return self.rows("select * from job_chunks where crawl_job_id = %s order by seq", job_id)

    def images(self) -> list[Any]:
        return self.rows("select * from images where project_id = %s order by seq", self.project_id)

    def wait_for(self, job_id: UUID, *statuses: str, seconds: float = 60) -> Any:
        wanted = statuses or ("completed", "failed", "stopped")
        return eventually(lambda: self.job(job_id), lambda job: job.status in wanted, seconds)


def eventually(look: Callable, is_right: Callable, seconds: float = 60):
    deadline = time.monotonic() + seconds
    while not is_right(seen := look()):
        assert time.monotonic() < deadline, f"still {seen}"
        time.sleep(0.03)
    return seen


@pytest.fixture
def storage_path(tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.fixture
def world(postgres: str, storage_path: Path) -> Iterator[World]:
    settings = DatabaseSettings(url=SecretStr(postgres), pool_size=4)
    engine = create_worker_engine(settings)
    world = World(postgres, LocalStorage(storage_path), settings, engine)
    world.rows("truncate auth.users, outbox cascade")
    world.settle_in()
    yield world
    engine.dispose()


@pytest.fixture
def workplace(world: World, site: Site) -> Callable[..., Workplace]:
    """What a worker has, in this process: `owner` and `timing` as the test wishes."""

    def build(
        owner: str = "tester", is_stopping: Callable[[], bool] = lambda: False, **timing: Any
    ) -> Workplace:
        policy = CrawlPolicy(allowed_hosts=frozenset({site.host}), max_attempts=1, connect_timeout_seconds=2)
        return Workplace(
            database=world.engine,
            storage=world.storage,
            policy=policy,
            owner=owner,
            timing=Timing(**timing),
            is_stopping=is_stopping,
        )

    return build


@dataclass
class Stack:
    """A real worker and a real scheduler, as the Procfile starts them, with quick timing."""

    environment: dict[str, str]
    directory: Path
    processes: list[subprocess.Popen] = field(default_factory=list)

    def up(self, concurrency: int = 2) -> tuple[subprocess.Popen, subprocess.Popen]:
        """A worker called "one" and a scheduler, started side by side."""
        worker = self._start("one", self._worker("one", concurrency))
        scheduler = self._start("scheduler", ["-m", "backend.tests.workers.quick"])
        self._await("one", worker, "ready.")
        self._await("scheduler", scheduler, "scheduler started")
        return worker, scheduler

    def another_worker(self, name: str) -> subprocess.Popen:
        process = self._start(name, self._worker(name, 1))
        self._await(name, process, "ready.")
        return process

    def run(self, command: list[str]) -> subprocess.Popen:
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self.processes.append(process)
        return process

    def log(self, name: str) -> str:
        return (self.directory / f"{name}.log").read_text()

    def _worker(self, name: str, concurrency: int) -> list[str]:
        command = ["-m", "celery", "-A", "backend.tests.workers.quick:app", "worker", "--loglevel", "INFO"]
        return [*command, "--concurrency", str(concurrency), "--hostname", f"{name}@test"]

    def _start(self, name: str, arguments: list[str]) -> subprocess.Popen:
        with (self.directory / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def _await(self, name: str, process: subprocess.Popen, mark: str) -> None:
        eventually(lambda: self.log(name), lambda log: mark in log or process.poll() is not None)
        assert process.poll() is None, self.log(name)

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def ready_stack(dsn: str, redis_url: str, site: Site, storage_path: Path, logs: Path) -> Iterator[Stack]:
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    environment = {
        **os.environ,
        "PIXCRAWLER_ENVIRONMENT": "test",
        "DATABASE_URL": dsn,
        "REDIS_URL": f"{redis_url}/0",
        "CELERY_BROKER_URL": f"{redis_url}/2",
        "STORAGE_PROVIDER": "local",
        "STORAGE_LOCAL_PATH": str(storage_path),
        "STORAGE_SIGNING_KEY": "k" * 40,
        "SUPABASE_URL": "http://127.0.0.1:1",
        "CRAWLER_ALLOWED_HOSTS": site.host,
    }
    stack = Stack(environment, logs)
    try:
        yield stack
    finally:
        stack.close()


@pytest.fixture
def stack(
    postgres: str, site: Site, redis_server: str, storage_path: Path, tmp_path: Path
) -> Iterator[Stack]:
    with ready_stack(postgres, redis_server, site, storage_path, tmp_path) as stack:
        yield stack
