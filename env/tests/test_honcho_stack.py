"""The development Procfile itself, under plain Honcho and under our supervisor, in a checkout of its own.

Without the web server, whose start alone would take longer than all of the others: `nox -s e2e` has it.
"""

import json
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from env.services.places import ROOT, free_port
from env.services.ports import USUAL, variable_of
from env.supervisor.configuration.procfile import parse_procfile
from env.tests.supervisor.stack import Stack, eventually
from env.variables import create_missing

pytestmark = pytest.mark.heavy
WITHOUT = {"web", "warm"}
ENV_FILES = (".env", "backend/.env", "frontend/.env")
START_SECONDS = 120.0
STAY_SECONDS = 3.0
# Whoever listens says so there; the others in what they write.
PATHS = {"auth": "/auth/v1/health", "mailbox": "/health", "demo": "/health", "api": "/health/ready"}
WORDS = {
    "migrate": "database is at the newest migration",
    "worker": "ready.",
    "scheduler": "scheduler started",
}


class Checkout:
    def __init__(self, folder: Path) -> None:
        ignored = shutil.ignore_patterns("tests", "__pycache__")
        for package in ("env", "backend", "frontend/drizzle"):
            shutil.copytree(ROOT / package, folder / package, ignore=ignored)
        for name in ("Procfile", "pyproject.toml"):
            shutil.copy(ROOT / name, folder)
        create_missing(folder)
        self.folder, self.stack = folder, Stack(folder)
        self.names = [*parse_procfile((folder / "Procfile").read_text())[0].keys() - WITHOUT]

    def launch(self, command: list[str]) -> None:
        path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        environment = {**self.stack.environment, "PATH": path, "PYTHONPATH": str(self.folder)}
        self.stack.launch(command=command, folder=self.folder, environment=environment)

    def move(self, ports: Mapping[str, int]) -> None:
        """As a person would do it: by the variables, and in whatever names the port."""
        for name in ENV_FILES:
            path = self.folder / name
            text = path.read_text()
            for service, port in ports.items():
                text = text.replace(f":{USUAL[service]}", f":{port}")
            path.write_text(text)
        with (self.folder / ".env").open("a") as file:
            file.writelines(f"{variable_of(service)}={port}\n" for service, port in ports.items())

    def is_healthy(self, name: str, ports: Mapping[str, int]) -> bool:
        if path := PATHS.get(name):
            return _answers(f"http://127.0.0.1:{ports[name]}{path}")
        return name not in WORDS or any(
            n in {name, f"{name}.1"} and WORDS[name] in t for n, t in self.stack.lines
        )

    def are_healthy(self, ports: Mapping[str, int]) -> bool:
        return all(self.is_healthy(name, ports) for name in self.names)


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    checkout = Checkout(tmp_path)
    yield checkout
    checkout.stack.clear()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_under_honcho_it_becomes_healthy_and_stays(checkout: Checkout) -> None:
    ports = {service: free_port() for service in USUAL}
    checkout.move(ports)
    checkout.launch([sys.executable, "-m", "honcho", "start", *checkout.names])
    assert eventually(lambda: checkout.are_healthy(ports), START_SECONDS), checkout.stack.output
    time.sleep(STAY_SECONDS)
    assert checkout.are_healthy(ports)
    assert checkout.stack.process.poll() is None, checkout.stack.output
    assert "stopped (rc=" not in checkout.stack.output
    checkout.stack.send(signal.SIGTERM)
    assert checkout.stack.code(60) == 143


def test_under_our_supervisor_it_becomes_healthy_and_stays(checkout: Checkout) -> None:
    supervisor = [sys.executable, "-m", "env.supervisor"]
    options = ["--manifest", "pyproject.toml", "--profile", "demo", "--skip", ",".join(WITHOUT)]
    checkout.launch([*supervisor, "start", *options, "--ports", "auto"])
    assert checkout.stack.said("everything is ready", seconds=START_SECONDS)

    def status() -> dict[str, dict[str, Any]]:
        answer = subprocess.run([*supervisor, "status", "--json"], cwd=checkout.folder, capture_output=True)
        return {process["name"]: process for process in json.loads(answer.stdout)["processes"]}

    found = status()
    assert found.keys() == set(checkout.names)
    ports = {name: process["ports"][0] for name, process in found.items() if process["ports"]}
    assert not set(ports.values()) & set(USUAL.values())
    assert eventually(lambda: checkout.are_healthy(ports), START_SECONDS), checkout.stack.output
    time.sleep(STAY_SECONDS)
    assert checkout.are_healthy(ports)
    assert {name: process["restarts"] for name, process in status().items()} == dict.fromkeys(found, 0)
    checkout.stack.send(signal.SIGTERM)
    assert checkout.stack.code(60) == 143
    assert not checkout.stack.survivors()
