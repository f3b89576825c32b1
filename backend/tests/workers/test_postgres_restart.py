"""PostgreSQL goes away for real, politely and by kill -9, while chunks run."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from backend.database.migrate import migrate, read_migrations
from backend.tests.crawler.site import Site
from backend.tests.workers.conftest import ROOT, Stack, World, eventually
from backend.tests.workers.work import assert_whole, serve, serve_slowly
from env.services.places import free_port
from env.services.postgres.cluster import PASSWORD


@dataclass
class Server:
    data: Path
    port: int
    process: subprocess.Popen | None = None

    @property
    def dsn(self) -> str:
        return f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        command = [sys.executable, "-m", "env.services.postgres", "--throw-away"]
        command += ["--directory", str(self.data), "--port", str(self.port)]
        with self.data.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        eventually(self._answers, bool)

    def stop(self, how: int) -> None:
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(30)

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError), psycopg.connect(self.dsn, connect_timeout=2):
            return True
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("restarted") / "data", free_port())
    server.start()
    with psycopg.connect(server.dsn) as connection:
        migrate(connection, read_migrations())
    yield server
    server.stop(signal.SIGINT)


@pytest.fixture(scope="module")
def postgres(server: Server) -> str:
    return server.dsn


class TestRestart:
    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["fast shutdown", "kill -9"])
    def test_loses_nothing_and_nobody_has_to_be_started_again(
        self, world: World, stack: Stack, site: Site, server: Server, how: int
    ) -> None:
        worker, scheduler = stack.up()
        job_id = world.begin(serve_slowly(site, 150, 0.2))
        eventually(lambda: world.job(job_id).images_stored, lambda stored: stored > 0)
        server.stop(how)
        time.sleep(1.5)
        server.start()
        world.wait_for(job_id)
        assert_whole(world, job_id, 150)
        later = world.begin(serve(site, 3, "later", first=1000))
        world.wait_for(later)
        assert world.job(later).images_stored == 3
        export_id = world.export()
        eventually(
            lambda: world.rows("select status from exports where id = %s", export_id)[0].status,
            lambda status: status == "ready",
        )
        assert (worker.poll(), scheduler.poll()) == (None, None)
        assert "Traceback" not in stack.log("one") + stack.log("scheduler")
