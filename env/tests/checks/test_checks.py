import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from env.checks import disk, env_files, ports, python
from env.checks.programs import answers
from env.checks.result import Status
from env.services.places import LOOPBACK, ServiceError, free_port
from env.supervisor.ports.taken import holders
from env.variables import create_missing


class TestPython:
    def test_an_old_one_fails_with_the_way_to_a_new_one(self) -> None:
        result = python.judge((3, 10), "3.10.4")
        assert (result.status, result.fix) == (Status.FAIL, "uv python install 3.11")

    def test_this_one_is_fine(self) -> None:
        assert python.run().status is Status.OK


class TestAProgram:
    def test_tells_its_version_and_place(self) -> None:
        result = answers(lambda: Path(sys.executable))
        assert result.status is Status.OK
        assert result.message.startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")

    def test_that_is_not_there_fails(self) -> None:
        def find() -> Path:
            raise ServiceError("no such program")

        assert answers(find).message == "no such program"

    def test_that_does_not_start_fails(self, tmp_path: Path) -> None:
        program = tmp_path / "program"
        program.write_text("#!/bin/sh\necho wrong libc >&2\nexit 127\n")
        program.chmod(0o755)
        result = answers(lambda: program)
        assert result.status is Status.FAIL
        assert "wrong libc" in result.message


class TestDisk:
    @pytest.mark.parametrize(
        ("free", "status"), [(10**8, Status.FAIL), (2 * 10**9, Status.WARN), (10**11, Status.OK)]
    )
    def test_judges_the_free_space(self, free: int, status: Status, tmp_path: Path) -> None:
        assert disk.judge(free, tmp_path).status is status


class TestPorts:
    @pytest.fixture
    def taken(self) -> Iterator[int]:
        with socket.create_server((LOOPBACK, 0)) as server:
            yield server.getsockname()[1]

    def test_a_taken_one_names_its_owner_and_both_ways_out(self, taken: int, tmp_path: Path) -> None:
        wanted = {taken: "api"}
        result = ports.judge(wanted, holders(wanted), tmp_path)
        assert result.status is Status.FAIL
        assert f"{taken} for api is held by pid {os.getpid()}, " in result.message
        assert result.fix is not None
        assert result.fix == f"kill {os.getpid()} (or start beside it: invoke dev --ports auto)"

    def test_those_of_this_checkout_are_fine(self, taken: int) -> None:
        wanted = {taken: "api"}
        result = ports.judge(wanted, holders(wanted), Path.cwd())
        assert result.status is Status.OK
        assert "this checkout's own" in result.message

    def test_one_of_this_checkout_is_a_stranger_while_no_stack_runs(self, taken: int) -> None:
        wanted = {taken: "api"}
        assert ports.judge(wanted, holders(wanted), None).status is Status.FAIL

    def test_a_free_one_is_fine(self, tmp_path: Path) -> None:
        wanted = {free_port(): "api"}
        assert ports.judge(wanted, holders(wanted), tmp_path).message == "all 1 free"

    def test_an_owner_that_hides_is_told_so(self, tmp_path: Path) -> None:
        result = ports.judge({1: "web"}, {1: None}, tmp_path)
        assert "held by a process of another user" in result.message

    def test_are_those_of_the_manifest(self, tmp_path: Path) -> None:
        manifest = (
            "[tool.pixcrawler.processes.api]\nports = { UVICORN_PORT = 8000 }\n"
            "[tool.pixcrawler.processes.web]\nports = [3000]\n"
            "[tool.pixcrawler.processes.worker]\n"
        )
        (tmp_path / "pyproject.toml").write_text(manifest)
        assert ports.declared(tmp_path) == {8000: "api", 3000: "web"}

    def test_of_a_stack_that_runs_are_those_it_has_moved_to(self) -> None:
        status = {"processes": [{"name": "api", "ports": [20007]}, {"name": "worker", "ports": []}]}
        assert ports.in_use(status) == {20007: "api"}


class TestEnvFiles:
    @pytest.fixture(autouse=True)
    def development(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("PIXCRAWLER_ENVIRONMENT", raising=False)

    def test_that_are_not_there_yet_are_no_failure(self, tmp_path: Path) -> None:
        result = env_files.judge(tmp_path, {})
        assert (result.status, result.fix) == (Status.WARN, "invoke dev")

    def test_fresh_ones_are_fine(self, tmp_path: Path) -> None:
        create_missing(tmp_path)
        assert env_files.judge(tmp_path, {}).status is Status.OK

    def test_a_broken_one_fails_and_is_named(self, tmp_path: Path) -> None:
        create_missing(tmp_path)
        result = env_files.judge(tmp_path, {"LOG_LEVEL": "LOUD"})
        assert result.status is Status.FAIL
        assert "LOG_LEVEL must be" in result.message

    def test_one_that_others_can_read_is_told_with_the_mend(self, tmp_path: Path) -> None:
        create_missing(tmp_path)
        (tmp_path / "backend/.env").chmod(0o644)
        result = env_files.judge(tmp_path, {})
        assert (result.status, result.fix) == (Status.WARN, "chmod 600 backend/.env")

    def test_keys_of_an_earlier_state_are_found(self, tmp_path: Path) -> None:
        create_missing(tmp_path)
        (tmp_path / ".dev/auth/signing_key.json").unlink()
        (tmp_path / "frontend/.env").unlink()
        (tmp_path / "other").mkdir()
        create_missing(tmp_path / "other")
        (tmp_path / "other/.dev/auth/signing_key.json").rename(tmp_path / ".dev/auth/signing_key.json")
        create_missing(tmp_path)
        result = env_files.judge(tmp_path, {})
        assert result.status is Status.FAIL
        assert result.message.startswith("not signed by the key in .dev/auth")
        assert result.message.endswith(": SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY")

    def test_keys_whose_state_was_deleted_are_found(self, tmp_path: Path) -> None:
        create_missing(tmp_path)
        (tmp_path / ".dev/auth/signing_key.json").unlink()
        result = env_files.judge(tmp_path, {})
        assert (result.status, result.fix) == (Status.FAIL, "rm .env frontend/.env && invoke dev")
        assert not (tmp_path / ".dev/auth/signing_key.json").exists()

    def test_a_damaged_signing_key_is_told_with_the_mend(self, tmp_path: Path) -> None:
        create_missing(tmp_path)
        (tmp_path / ".dev/auth/signing_key.json").write_text("{")
        result = env_files.judge(tmp_path, {})
        assert result.status is Status.FAIL
        assert result.fix == "rm .dev/auth/signing_key.json .env frontend/.env && invoke dev"

    def test_a_misspelt_name_stands_beside_the_one_that_is_missing(self, tmp_path: Path) -> None:
        create_missing(tmp_path)
        text = (tmp_path / ".env").read_text()
        (tmp_path / ".env").write_text(text.replace("SUPABASE_URL=", "SUPABASE_UL="))
        result = env_files.judge(tmp_path, {})
        assert "SUPABASE_URL is not set" in result.message
        assert "SUPABASE_UL is read by nobody; meant SUPABASE_URL?" in "".join(result.details)
