"""The entrance of production, as a plain process and as process 1 of a container."""

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from env.production import frontend_faults
from env.services.places import ROOT
from env.start import addresses, announce
from env.supervisor.processes.tree import marked
from env.supervisor.run import read_plan
from env.tests.container import as_process_one, catches, process_one, zombies
from env.tests.supervisor.stack import MARK, Stack, eventually, free_port, kid
from env.variables import create_missing

CONFIGURATION = {
    "PIXCRAWLER_ENVIRONMENT": "test",
    "SUPABASE_URL": "https://abc.supabase.co",
    "SUPABASE_ANON_KEY": "sb_publishable_" + "a" * 30,
    "SUPABASE_SERVICE_ROLE_KEY": "sb_secret_" + "b" * 30,
    "DATABASE_URL": "postgresql://app:8hT3kQ@db.internal:5432/app",
    "REDIS_URL": "redis://cache.internal:6379/0",
    "CELERY_BROKER_URL": "redis://cache.internal:6379/2",
    "STORAGE_SIGNING_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
}
# Each child is left to process 1 and ends soon.
ORPHANS = "for n in 1 2 3 4 5; do ((sleep 0.1; echo gone) &); done; exec sleep 60"


class Deployment:
    """The platform and the backend's settings, with production processes that want nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ignored = shutil.ignore_patterns("tests", "__pycache__")
        for package in ("env", "backend/core"):
            shutil.copytree(ROOT / package, folder / package, ignore=ignored)
        shutil.copy(ROOT / "backend/__init__.py", folder / "backend")
        (folder / "pyproject.toml").write_text(
            '[tool.pixcrawler.processes.scheduler]\nstop_grace_period = "1s"\n'
            '[tool.pixcrawler.processes.worker]\nwatch = ["settings.toml", "nowhere/*"]\n'
        )
        (folder / "Procfile").write_text("worker: sleep 60\nscheduler: sleep 60\nweb: sleep 60\n")
        self.stack = Stack(folder)

    def procfile(self, **processes: str) -> None:
        lines = (f"{name}: {command}\n" for name, command in processes.items())
        (self.folder / "Procfile.prod").write_text("".join(lines))

    def start(self, configuration: dict[str, str], *, is_process_one: bool = False) -> None:
        command = [sys.executable, "-m", "env.start"]
        self.stack.launch(
            command=as_process_one(command) if is_process_one else command,
            folder=self.folder,
            environment={
                **configuration,
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(self.folder),
                MARK: self.stack.mark,
            },
        )

    @property
    def process_one(self) -> int:
        assert eventually(lambda: process_one(self.stack.process.pid))
        found = process_one(self.stack.process.pid)
        assert found
        return found


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    deployment = Deployment(tmp_path)
    yield deployment
    deployment.stack.clear()


class TestMissingConfiguration:
    def test_is_one_line_and_nothing_is_started(self, deployment: Deployment) -> None:
        deployment.procfile(worker=kid("say", "HOME"))
        deployment.start({**CONFIGURATION, "DATABASE_URL": "", "SUPABASE_URL": ""})
        assert deployment.stack.code() == 1
        expected = (
            "not set: SUPABASE_URL, DATABASE_URL; give them in the environment or in .env, backend/.env"
        )
        assert deployment.stack.output == f"cannot start: {expected}\n"
        assert not (deployment.folder / ".dev").exists()

    def test_is_what_the_backend_would_refuse(self, deployment: Deployment) -> None:
        deployment.procfile(worker=kid("say", "HOME"))
        unsafe = {"PIXCRAWLER_ENVIRONMENT": "production", "SUPABASE_URL": "http://127.0.0.1:54321"}
        deployment.start({**CONFIGURATION, **unsafe})
        assert deployment.stack.code() == 1
        assert deployment.stack.output.startswith("cannot start: SUPABASE_URL (.env): points to this machine")
        assert len(deployment.stack.output.splitlines()) == 1

    def test_of_the_frontend_is_asked_for_with_the_web_server_alone(self, deployment: Deployment) -> None:
        deployment.procfile(web=kid("say", "HOME"))
        deployment.start({})
        assert deployment.stack.code() == 1
        assert "NEXT_PUBLIC_API_URL" in deployment.stack.output
        assert "DATABASE_URL" not in deployment.stack.output

    def test_of_the_frontend_is_not_developments_own(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("PIXCRAWLER_ENVIRONMENT", raising=False)
        create_missing(tmp_path)
        assert not list(frontend_faults(tmp_path))
        monkeypatch.setenv("PIXCRAWLER_ENVIRONMENT", "production")
        monkeypatch.setenv("NEXT_PUBLIC_APP_URL", "https://app.example.org")
        found = "\n".join(frontend_faults(tmp_path))
        assert "POSTGRES_URL (frontend/.env): is development's own; production needs another" in found
        assert "NEXT_PUBLIC_API_URL" in found
        assert "NEXT_PUBLIC_APP_URL" not in found
        assert "postgres:" not in found


class TestAStart:
    def test_ends_with_143_after_a_sigterm_and_leaves_nothing(self, deployment: Deployment) -> None:
        deployment.procfile(worker=kid("polite"), scheduler=kid("parent", "polite", "daemon"))
        deployment.start(CONFIGURATION)
        assert deployment.stack.said("PixCrawler is ready.", seconds=60)
        deployment.stack.send(signal.SIGTERM)
        assert deployment.stack.code() == 143
        assert not deployment.stack.survivors()

    def test_changes_nothing_because_a_file_changed(self, deployment: Deployment) -> None:
        deployment.procfile(worker=kid("polite"))
        deployment.start(CONFIGURATION)
        assert deployment.stack.said("PixCrawler is ready.", seconds=60)
        (deployment.folder / "settings.toml").write_text("a = 1")
        time.sleep(1)
        assert deployment.stack.output.count("worker started") == 1
        deployment.stack.send(signal.SIGTERM)
        assert deployment.stack.code() == 143

    def test_says_where_it_listens(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        plan = read_plan(ROOT / "Procfile.prod", ROOT / "pyproject.toml")
        for name in ("WEB_HOST", "UVICORN_HOST"):
            monkeypatch.delenv(name, raising=False)
        usual = {"web": "http://127.0.0.1:3000", "api": "http://127.0.0.1:8000"}
        assert addresses(plan, {}, tmp_path) == usual
        (tmp_path / "frontend").mkdir()
        (tmp_path / "frontend/.env.local").write_text("WEB_HOST=0.0.0.0\n")
        monkeypatch.setenv("UVICORN_HOST", "::")
        said = {"web": "http://0.0.0.0:3000", "api": "http://[::]:9000"}
        assert addresses(plan, {8000: 9000}, tmp_path) == said

    def test_says_so_to_programs_too(self, capsys: pytest.CaptureFixture[str]) -> None:
        announce({"api": "http://127.0.0.1:8000"}, is_json=True)
        assert json.loads(capsys.readouterr().out)["addresses"] == {"api": "http://127.0.0.1:8000"}

    def test_says_the_port_that_an_env_file_gives(self, deployment: Deployment) -> None:
        port = free_port()
        with (deployment.folder / "pyproject.toml").open("a") as manifest:
            manifest.write("[tool.pixcrawler.processes.api]\n")
            manifest.write('ports = { UVICORN_PORT = 8000 }\nenv_file = ["backend/.env"]\n')
        (deployment.folder / "backend/.env").write_text(f"UVICORN_PORT={port}\n")
        deployment.procfile(api=kid("polite"))
        deployment.start(CONFIGURATION)
        assert deployment.stack.said("PixCrawler is ready.", seconds=60)
        assert eventually(lambda: f"api  http://127.0.0.1:{port}" in deployment.stack.output)
        deployment.stack.send(signal.SIGTERM)
        assert deployment.stack.code() == 143


class TestProcessOne:
    def test_reaps_what_is_orphaned_into_it(self, deployment: Deployment) -> None:
        deployment.procfile(worker=ORPHANS)
        deployment.start(CONFIGURATION, is_process_one=True)
        assert deployment.stack.said("gone", times=5)
        one = deployment.process_one
        assert eventually(lambda: not zombies(one))
        os.kill(one, signal.SIGTERM)
        assert deployment.stack.code() == 143

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_forwards_a_signal_and_leaves_nothing(
        self, deployment: Deployment, number: signal.Signals
    ) -> None:
        deployment.procfile(worker=kid("grateful", 0.3), scheduler=kid("parent", "stubborn", "daemon"))
        deployment.start(CONFIGURATION, is_process_one=True)
        assert deployment.stack.said("PixCrawler is ready.")
        assert deployment.stack.are_ready(3)
        os.kill(deployment.process_one, number)
        assert deployment.stack.code() == 128 + number
        assert ("worker", "finished") in deployment.stack.lines
        assert not deployment.stack.survivors()

    def test_hears_a_signal_as_soon_as_it_can(self, deployment: Deployment) -> None:
        """Long before the first process: the default action, which process 1 lacks, has to be replaced."""
        deployment.procfile(worker=kid("polite"))
        deployment.start(CONFIGURATION, is_process_one=True)
        one = deployment.process_one
        assert eventually(lambda: catches(one, signal.SIGTERM))
        assert not (deployment.folder / ".dev").exists()
        os.kill(one, signal.SIGTERM)
        assert deployment.stack.code() == 143
        assert not marked(MARK, deployment.stack.mark)
        assert "started" not in deployment.stack.output

    def test_says_what_its_child_ended_with(self, deployment: Deployment) -> None:
        deployment.procfile(worker=kid("leave", 3, "last words"))
        deployment.start(CONFIGURATION, is_process_one=True)
        assert deployment.stack.code() == 3
        assert "last words" in deployment.stack.output
