import os
import subprocess
import sys
from pathlib import Path

import pytest

from env.supervisor.configuration.environments import Environments
from env.supervisor.problems import ConfigurationError
from env.supervisor.run import read_plan, run
from env.tests.supervisor.stack import Stack, eventually, free_port, kid

ROOT = Path(__file__).parents[3]


class TestChildren:
    def test_get_the_environment_of_the_run(self, stack: Stack) -> None:
        (stack.folder / "Procfile").write_text("a: echo $GREETING $PYTHONUNBUFFERED; command -v python\n")
        program = (
            "import sys; from pathlib import Path; from env.supervisor.run import run;"
            f"folder = Path({str(stack.folder)!r});"
            "sys.exit(run(folder / 'Procfile', state_dir=folder / '.dev', environment={'GREETING': 'hello'},"
            " on_ready=lambda: print('URLS', flush=True)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
        )
        assert "a      | hello 1\n" in done.stdout
        assert f"a      | {Path(sys.executable).parent / 'python'}\n" in done.stdout
        assert "URLS\n" in done.stdout

    def test_get_honchos_name_and_port(self, stack: Stack) -> None:
        port = free_port()
        stack.start(
            dict.fromkeys("abc", "echo $HONCHO_PROCESS_NAME $PORT"),
            {**dict.fromkeys("ab", 'restart = "no"'), "c": f'restart = "no"\nports = [{port}]'},
        )
        assert stack.code() == 0
        assert {("a", "a 5000"), ("b", "b 5100"), ("c", f"c {port}")} <= set(stack.lines)

    def test_run_in_the_folder_of_the_procfile(self, stack: Stack) -> None:
        stack.start({"a": "pwd"})
        stack.code()
        assert ("a", str(stack.folder.resolve())) in stack.lines

    def test_never_read_the_terminal(self, stack: Stack) -> None:
        stack.start({"a": "cat"})
        assert stack.code() == 0

    def test_have_the_programs_of_this_environment_first(self) -> None:
        found = Environments(Path(), extra={"PATH": "/x"}).of_all()
        assert found["PATH"] == f"{Path(sys.executable).parent}{os.pathsep}/x"


def test_a_closed_pipe_in_on_ready_ends_the_run_in_order(stack: Stack) -> None:
    (stack.folder / "Procfile").write_text(f"a: {kid('parent', 'polite', 'daemon')}\n")
    program = (
        "import sys; from pathlib import Path; from env.supervisor.run import run;"
        f"folder = Path({str(stack.folder)!r});"
        "raise_ = lambda: (_ for _ in ()).throw(BrokenPipeError);"
        "sys.exit(run(folder / 'Procfile', state_dir=folder / '.dev', on_ready=raise_))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, cwd=ROOT, env=stack.environment
    )
    assert done.returncode == 141
    assert not stack.survivors()


class TestFiles:
    def test_all_problems_of_both_come_at_once(self, tmp_path: Path) -> None:
        (tmp_path / "Procfile").write_text("web.1: x\nok: y\n")
        (tmp_path / "m.toml").write_text("[tool.pixcrawler.processes.ok]\nports = 1\nrestart = 1\n")
        with pytest.raises(ConfigurationError) as caught:
            read_plan(tmp_path / "Procfile", tmp_path / "m.toml")
        assert len(caught.value.problems) == 3

    def test_that_are_missing_are_named(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="Procfile: cannot be read: No such file"):
            run(tmp_path / "Procfile", state_dir=tmp_path)

    def test_that_are_not_text_are_named(self, tmp_path: Path) -> None:
        (tmp_path / "Procfile").write_bytes(b"web: \xff\n")
        with pytest.raises(ConfigurationError, match="UTF-8"):
            read_plan(tmp_path / "Procfile")

    def test_of_this_project_fit_together(self) -> None:
        names = {
            specification.name for specification in read_plan(ROOT / "Procfile", ROOT / "pyproject.toml")
        }
        assert {"postgres", "migrate", "api", "worker", "web"} <= names


def test_options_select_processes(stack: Stack) -> None:
    processes = {"a": kid("leave", 0, "A"), "b": kid("leave", 0, "B"), "c": kid("leave", 0, "C")}
    stack.start(
        processes,
        {"b": 'profiles = ["extra"]\nrestart = "no"', **dict.fromkeys("ac", 'restart = "no"')},
        "--skip",
        "c",
    )
    assert stack.code() == 0
    assert {name for name, _ in stack.lines} == {"a", "system"}
    stack.launch("--profile", "extra", "--only", "a,b")
    assert stack.code() == 0
    assert {name for name, _ in stack.lines} == {"a", "b", "system"}


def test_a_changed_file_restarts_the_processes_that_watch_it_and_no_other(stack: Stack) -> None:
    watched = stack.folder / "settings"
    watched.write_text("one")
    stack.start({"a": kid("polite"), "b": kid("polite")}, {"a": 'watch = ["settings"]'})
    assert stack.are_ready(2)

    def is_seen() -> bool:  # the watch begins a moment after the start
        watched.write_text("two")
        return "a restarts: settings changed" in stack.output

    assert eventually(is_seen)
    assert stack.are_ready(3)
    assert stack.output.count("b started") == 1
