"""API, worker and scheduler while PostgreSQL and Redis are not there yet, or go away."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest

from env.services.places import free_port
from env.services.redis.server import server_command

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = {
    "api": ["uvicorn", "backend.main:app"],
    "worker": [
        "celery",
        "-A",
        "backend.workers.app:app",
        "worker",
        "--loglevel",
        "INFO",
        "--concurrency",
        "1",
    ],
    "scheduler": ["backend.workers.scheduler"],
}
AWAY = {
    "api": "the database does not answer; polling",
    "worker": "the broker does not answer; trying until it does",
    "scheduler": "waits for an outage to end",
}
BACK = {
    "api": "listening to the database again",
    "worker": "Connected to redis",
    "scheduler": "goes on after an outage",
}


class Machine:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in ("api", "postgres", "redis")}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        redis = f"redis://127.0.0.1:{self.ports['redis']}"
        self.environment = {
            **os.environ,
            "PIXCRAWLER_ENVIRONMENT": "development",
            "DATABASE_URL": f"postgresql://postgres:postgres@127.0.0.1:{self.ports['postgres']}/postgres",
            "REDIS_URL": f"{redis}/0",
            "CELERY_BROKER_URL": f"{redis}/2",
            "STORAGE_LOCAL_PATH": str(folder / "storage"),
            "STORAGE_SIGNING_KEY": "k" * 40,
            "SUPABASE_URL": "http://127.0.0.1:1",
            "UVICORN_PORT": str(self.ports["api"]),
        }

    def start(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def python(self, name: str, module: str, *arguments: str) -> None:
        self.start(name, [sys.executable, "-m", module, *arguments])

    def start_dependencies(self) -> None:
        port, data = str(self.ports["postgres"]), str(self.folder / "postgres")
        self.python("postgres", "env.services.postgres", "--directory", data, "--port", port, "--throw-away")
        (self.folder / "redis").mkdir(exist_ok=True)
        self.start("redis", server_command(self.folder / "redis", self.ports["redis"], durable=False))
        self.python("migrate", "backend.database.migrate")
        assert self.running["migrate"].wait(120) == 0

    def stop_dependencies(self) -> None:
        for name, number in (("postgres", signal.SIGINT), ("redis", signal.SIGKILL)):
            self.running[name].send_signal(number)
            self.running[name].wait(30)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def get(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['api']}{path}", timeout=10) as answer:
                return int(answer.status)
        except HTTPError as error:
            return error.code
        except OSError:
            return 0

    def close(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    machine.close()


def eventually(claim: Callable[[], object], seconds: float = 90.0) -> bool:
    deadline = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_an_outage_is_told_once_and_lived_through(machine: Machine) -> None:
    for name, (module, *arguments) in PROCESSES.items():
        machine.python(name, module, *arguments)

    def told(words: dict[str, str], times: int) -> bool:
        return eventually(lambda: all(machine.log(name).count(text) >= times for name, text in words.items()))

    assert told(AWAY, 1)
    assert eventually(lambda: machine.get("/health/live") == 200)
    assert machine.get("/health") == 503
    time.sleep(3)  # for further attempts, of which nobody wants to hear
    machine.start_dependencies()
    assert told(BACK, 1)
    assert [machine.log(name).count(AWAY[name]) for name in ("api", "worker")] == [1, 1]
    assert machine.log("scheduler").count(AWAY["scheduler"]) == 2  # one of each duty

    machine.stop_dependencies()
    assert told(AWAY, 2)
    assert machine.get("/health") == 503
    machine.start_dependencies()
    assert told(BACK, 2)
    assert eventually(lambda: machine.get("/health") == 200)
    assert {name: machine.running[name].poll() for name in PROCESSES} == dict.fromkeys(PROCESSES)
    for name in PROCESSES:
        assert "Traceback" not in machine.log(name), machine.log(name)
