import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from env.commands import changes
from env.commands.logs import logs
from env.commands.outcome import seconds
from env.commands.run import NOT_EXECUTABLE_CODE, NOT_FOUND_CODE, merged, typed
from env.commands.status import COLUMNS, duration, size, status, table
from env.supervisor.control import client
from env.supervisor.problems import SupervisorError

ROOT = Path(__file__).parents[2]
PROCFILE = "clock: python -c \"import time; print('tick', flush=True); time.sleep(60)\"\n"
MODULE = [sys.executable, "-m", "env.supervisor"]


def begin(folder: Path, *options: str) -> None:
    command = [*MODULE, "start", "--procfile", str(folder / "Procfile")]
    subprocess.run([*command, "--detach", *options], check=True, timeout=30, cwd=ROOT)


def say(state_dir: Path, *words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    """As it is typed: `python -m env.supervisor WORDS`."""
    verb, *rest = words
    command = [*MODULE, verb, "--state-dir", str(state_dir), *rest]
    return subprocess.run(
        command, input=typed, capture_output=True, text=True, timeout=30, cwd=ROOT, check=False
    )


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    """A running stack of one process."""
    (tmp_path / "Procfile").write_text(PROCFILE)
    begin(tmp_path)
    yield tmp_path / ".dev"
    changes.stop(tmp_path / ".dev", None)


class TestStatus:
    def test_prints_a_line_a_process(self, state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert status(state_dir) == 0
        summary, _, header, line = capsys.readouterr().out.splitlines()
        assert summary.startswith("ready, after ")
        assert tuple(header.split()) == COLUMNS
        assert line.split()[:3] == ["clock", "running", "yes"]

    def test_prints_the_same_as_one_json_document(
        self, state_dir: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert status(state_dir, as_json=True) == 0
        (process,) = json.loads(capsys.readouterr().out)["processes"]
        assert process["name"] == "clock"

    def test_counts_cpu_and_memory_of_the_tree(self, state_dir: Path) -> None:
        (process,) = client.status(state_dir)["processes"]
        assert process["processes"] >= 1
        assert process["memory_bytes"] > 2**20

    def test_watched_shows_a_load_instead_of_seconds(self, state_dir: Path) -> None:
        former = client.status(state_dir)
        time.sleep(0.05)
        lines = table(client.status(state_dir), state_dir, former)
        assert "%" in lines[3]
        assert "%" not in table(former, state_dir)[3]

    def test_watched_without_a_terminal_is_plain_and_ends_with_the_run(self, state_dir: Path) -> None:
        command = [*MODULE, "status", "--watch", "--state-dir", str(state_dir)]
        watcher = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert watcher.stdout
        assert watcher.stdout.readline().startswith("ready")
        changes.stop(state_dir, None)
        output, errors = watcher.communicate(timeout=15)
        assert "\x1b" not in output
        assert errors == "the run has ended\n"
        assert watcher.returncode == 0

    def test_watched_on_a_terminal_that_knows_no_commands_is_plain(self, state_dir: Path) -> None:
        ours, theirs = pty.openpty()
        command = [*MODULE, "status", "--watch", "--state-dir", str(state_dir)]
        watching = subprocess.Popen(command, stdout=theirs, cwd=ROOT, env={**os.environ, "TERM": "dumb"})
        os.close(theirs)
        said = os.read(ours, 1024)
        watching.terminate()
        watching.wait()
        os.close(ours)
        assert said.startswith(b"ready, after")

    def test_says_why_a_process_is_down(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "Procfile").write_text("clock: sleep 60\nbell: sleep 0.5; exit 7\n")
        (tmp_path / "manifest.toml").write_text(
            '[tool.pixcrawler.processes.bell]\nrestart = "on-failure"\nhealthcheck = { exec = ["true"] }\n'
        )
        begin(tmp_path, "--manifest", str(tmp_path / "manifest.toml"))
        try:
            shown = ""
            while "backoff" not in shown:
                assert status(tmp_path / ".dev") == 0
                shown = capsys.readouterr().out
        finally:
            changes.stop(tmp_path / ".dev", None)
        assert "bell: ended with exit code 7\n    -> look at `" in shown

    def test_tells_what_the_logs_lack(self, state_dir: Path) -> None:
        answer = {**client.status(state_dir), "warnings": ["a.log is incomplete: No space left on device"]}
        assert "warning: a.log is incomplete: No space left on device" in table(answer, state_dir)

    def test_says_how_to_start_when_nothing_runs(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert status(tmp_path) == 1
        assert "-> start it with `" in capsys.readouterr().err


class TestLogs:
    def test_shows_what_one_process_wrote(self, state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
        while not (state_dir / "logs" / "clock.log").read_text():
            pass
        assert logs(state_dir, "clock") == 0
        assert capsys.readouterr().out.endswith(" tick\n")

    def test_names_the_process_when_all_are_asked_for(
        self, state_dir: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert logs(state_dir, "all") == 0
        assert " clock started" in capsys.readouterr().out

    def test_as_json_is_an_object_a_line(self, state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert logs(state_dir, "system", as_json=True) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert {line["name"] for line in lines} == {"system"}

    def test_narrowed_down_by_an_expression(
        self, state_dir: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert logs(state_dir, "system", grep="everything is re.dy") == 0
        (line,) = capsys.readouterr().out.splitlines()
        assert line.endswith("everything is ready")

    @pytest.mark.parametrize(
        ("option", "value", "reason"),
        [
            ("lines", "x", "--lines: not a number from 0: 'x'"),
            ("lines", "-3", "--lines: not a number from 0: '-3'"),
            ("since", "soon", "--since: neither a duration nor a time: 'soon'"),
            ("grep", "(", "--grep: '('"),
        ],
    )
    def test_refuses_what_it_cannot_read(
        self, state_dir: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, reason: str
    ) -> None:
        options: dict[str, Any] = {option: value}
        assert logs(state_dir, "clock", **options) == 1
        shown = capsys.readouterr().err
        assert reason in shown
        assert "\n    -> " in shown

    def test_of_no_lines_are_none(self, state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert logs(state_dir, "system", lines="0") == 0
        assert capsys.readouterr().out == ""

    def test_proposes_a_name_for_one_that_is_unknown(
        self, state_dir: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert logs(state_dir, "clok") == 1
        assert "did you mean 'clock'" in capsys.readouterr().err

    def test_into_a_reader_that_has_seen_enough_ends_in_silence(self, state_dir: Path) -> None:
        command = f"{sys.executable} -m env.supervisor logs system --state-dir {state_dir} | true"
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.stderr == ""


class TestChanges:
    def test_a_restart_says_the_new_pid(self, state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert changes.restart(state_dir, "clock") == 0
        (process,) = client.status(state_dir)["processes"]
        assert capsys.readouterr().out == f"restarted clock: running, pid {process['pid']}\n"

    def test_one_process_stops_and_starts(self, state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert changes.stop(state_dir, "clock") == 0
        assert changes.start(state_dir, "clock") == 0
        stopped, started = capsys.readouterr().out.splitlines()
        assert stopped == "stopped clock"
        assert started.startswith("clock running, pid ")

    def test_stop_ends_the_stack(self, state_dir: Path) -> None:
        assert changes.stop(state_dir, None) == 0
        assert status(state_dir) == 1

    def test_stop_finds_nothing_wrong_with_nothing_to_stop(self, tmp_path: Path) -> None:
        assert changes.stop(tmp_path, None) == 0

    @pytest.mark.parametrize("change", [changes.stop, changes.start, changes.restart])
    def test_an_unknown_process_is_refused(self, state_dir: Path, change) -> None:
        assert change(state_dir, "nobody") == 1

    def test_wait_says_when_it_was_ready(self, state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert changes.wait(state_dir, "10s") == 0
        assert capsys.readouterr().out.startswith("ready after ")

    def test_wait_takes_a_length_of_time(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert changes.wait(tmp_path, "long") == 1
        assert "--timeout: not a duration: 'long'\n    -> write " in capsys.readouterr().err


class TestRun:
    def test_gives_the_command_what_a_process_gets(self, tmp_path: Path) -> None:
        (tmp_path / "Procfile").write_text("a: sleep 60\n")
        (tmp_path / "manifest.toml").write_text(
            '[tool.pixcrawler.processes.a]\nenv_file = [".env"]\nports = { A_PORT = 1234 }\n'
        )
        (tmp_path / ".env").write_text("FROM_FILE='one two'\n")
        manifest = ["--procfile", str(tmp_path / "Procfile"), "--manifest", str(tmp_path / "manifest.toml")]
        show = "import os; print([os.environ.get(x) for x in ('FROM_FILE', 'A_PORT', 'PIXCRAWLER_RUN')])"
        command = ["run", *manifest, "--", sys.executable, "-c", show]
        expected = "['one two', '1234', None]\n"
        assert say(tmp_path / ".dev", *command).stdout == expected
        begin(tmp_path, "--manifest", str(tmp_path / "manifest.toml"))
        try:
            assert say(tmp_path / ".dev", *command).stdout == expected
        finally:
            changes.stop(tmp_path / ".dev", None)

    def test_passes_words_input_and_exit_code_on_as_they_are(self, state_dir: Path) -> None:
        program = "import sys; print(sys.argv[1:], sys.stdin.read()); sys.exit(7)"
        done = say(state_dir, "run", "--", sys.executable, "-c", program, "a b", "--", "'", typed="typed")
        assert done.stdout == "['a b', '--', \"'\"] typed\n"
        assert done.returncode == 7

    def test_ends_as_a_signal_ends_the_command(self, state_dir: Path) -> None:
        assert say(state_dir, "run", "--", "sh", "-c", "kill -9 $$").returncode == -9

    def test_knows_a_missing_program_from_one_that_is_none(self, state_dir: Path, tmp_path: Path) -> None:
        (tmp_path / "text").write_text("")
        missing = say(state_dir, "run", "--", "no-such-program")
        assert missing.returncode == NOT_FOUND_CODE
        assert "no program 'no-such-program'\n    -> " in missing.stderr
        assert say(state_dir, "run", "--", str(tmp_path / "text")).returncode == NOT_EXECUTABLE_CODE

    def test_without_a_command_says_how(self, state_dir: Path) -> None:
        assert "run needs a command\n    -> write run -- " in say(state_dir, "run").stderr

    def test_the_stack_wins_but_for_the_terminal(self) -> None:
        ours = {"TERM": "mine", "A": "mine", "ONLY": "mine"}
        found = merged(ours, {"TERM": "other", "A": "stack", "NO_COLOR": "1"})
        assert found == {"TERM": "mine", "A": "stack", "ONLY": "mine"}

    def test_words_keep_their_borders(self) -> None:
        assert typed(["invoke", "run", "--", "a b", "--", "c"]) == ["a b", "--", "c"]
        assert typed(["invoke", "run"]) == []


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, ""), (5, "5s"), (61, "1m01s"), (7260, "2h01m"), (180_000, "2d02h")]
)
def test_a_duration_is_short(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown


def test_a_size_has_a_unit() -> None:
    assert (size(2**20 * 12), size(2**30 * 3)) == ("12 MiB", "3.0 GiB")


@pytest.mark.parametrize(
    ("typed", "meant"), [("90", 90.0), (".5", 0.5), ("1.5s", 1.5), ("5m", 300.0), ("1h30m", 5400.0)]
)
def test_a_length_of_time_has_a_unit_or_is_in_seconds(typed: str, meant: float) -> None:
    assert seconds("--timeout", typed) == meant


@pytest.mark.parametrize("typed", ["", "m", "-1", "inf", "nan", "1d", "1.5.5", "x"])
def test_what_is_no_length_of_time_is_refused(typed: str) -> None:
    with pytest.raises(SupervisorError, match="--timeout: "):
        seconds("--timeout", typed)
