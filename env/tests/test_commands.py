import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from env import commands

PROCFILE = "clock: python -c \"import time; print('tick', flush=True); time.sleep(60)\"\n"


def begin(folder: Path, *options: str) -> None:
    command = [sys.executable, "-m", "env.supervisor", "start", "--procfile", str(folder / "Procfile")]
    subprocess.run([*command, "--detach", *options], check=True, timeout=30)


def _status(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert commands.status(state_dir, as_json=False) == 0
    return capsys.readouterr().out


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    """A running stack of one process."""
    (tmp_path / "Procfile").write_text(PROCFILE)
    begin(tmp_path)
    yield tmp_path / ".dev"
    commands.stop(tmp_path / ".dev", None)


class TestStatus:
    def test_prints_a_line_a_process(self, state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert commands.status(state_dir, as_json=False) == 0
        header, line = capsys.readouterr().out.splitlines()
        assert header.split() == list(commands.COLUMNS)
        assert line.split()[:2] == ["clock", "running"]

    def test_prints_the_same_as_one_json_document(
        self, state_dir: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert commands.status(state_dir, as_json=True) == 0
        (process,) = json.loads(capsys.readouterr().out)["processes"]
        assert process["name"] == "clock"

    def test_says_why_a_process_is_down(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "Procfile").write_text("clock: sleep 60\nbell: sleep 0.5; exit 7\n")
        (tmp_path / "manifest.toml").write_text(
            '[tool.pixcrawler.processes.bell]\nrestart = "on-failure"\nhealthcheck = { exec = ["true"] }\n'
        )
        begin(tmp_path, "--manifest", str(tmp_path / "manifest.toml"))
        try:
            while "backoff" not in (shown := _status(tmp_path / ".dev", capsys)):
                pass
        finally:
            commands.stop(tmp_path / ".dev", None)
        assert "bell: ended with exit code 7\n    -> look at `invoke logs bell`" in shown

    def test_says_how_to_start_when_nothing_runs(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert commands.status(tmp_path, as_json=False) == 1
        assert "invoke dev" in capsys.readouterr().err


class TestLogs:
    def test_shows_what_one_process_wrote(self, state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
        while not (state_dir / "logs" / "clock.log").read_text():
            pass
        assert commands.logs(state_dir, "clock", follow=False, lines="10") == 0
        assert capsys.readouterr().out.endswith(" tick\n")

    def test_names_the_process_when_all_are_asked_for(
        self, state_dir: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert commands.logs(state_dir, commands.EVERY, follow=False, lines="10") == 0
        assert " clock started" in capsys.readouterr().out

    def test_takes_a_number_of_lines_and_nothing_else(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for lines in ("x", "-3", ""):
            assert commands.logs(tmp_path, "clock", follow=False, lines=lines) == 1
            assert f"--lines: not a number from 0: '{lines}'" in capsys.readouterr().err

    def test_of_no_lines_are_none(self, state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert commands.logs(state_dir, "system", follow=False, lines="0") == 0
        assert capsys.readouterr().out == ""

    def test_proposes_a_name_for_one_that_is_unknown(
        self, state_dir: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert commands.logs(state_dir, "clok", follow=False, lines="10") == 1
        assert "did you mean 'clock'" in capsys.readouterr().err


class TestStop:
    def test_ends_the_stack(self, state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert commands.stop(state_dir, None) == 0
        assert commands.status(state_dir, as_json=False) == 1

    def test_finds_nothing_wrong_with_nothing_to_stop(self, tmp_path: Path) -> None:
        assert commands.stop(tmp_path, None) == 0

    def test_refuses_an_unknown_process(self, state_dir: Path) -> None:
        assert commands.stop(state_dir, "nobody") == 1


@pytest.mark.parametrize(("seconds", "shown"), [(None, ""), (5, "5s"), (61, "1m01s"), (7260, "2h01m")])
def test_a_duration_is_short(seconds: float | None, shown: str) -> None:
    assert commands.duration(seconds) == shown
