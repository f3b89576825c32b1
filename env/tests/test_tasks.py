import os
import subprocess
import sys
from pathlib import Path

import pytest
from invoke.collection import Collection
from invoke.loader import FilesystemLoader

ROOT = Path(__file__).parents[2]
HEAVY = {
    "psutil",
    "rich",
    "textual",
    "dotenv",
    "tomllib",
    "env.supervisor",
    "env.development",
    "env.commands",
}
# Longer ones would take two lines of `invoke --list` on a terminal of 80 columns.
LONGEST_SUMMARY = 60


def tasks() -> Collection:
    module, _ = FilesystemLoader(start=str(ROOT)).load("tasks")
    namespace: Collection = module.namespace
    return namespace


NAMES = sorted(tasks().task_names)


class TestTheList:
    @pytest.mark.parametrize("name", NAMES)
    def test_every_task_says_in_a_line_what_it_does_and_shows_how_to_type_it(self, name: str) -> None:
        text = tasks()[name].__doc__ or ""
        summary, _, rest = text.strip().partition("\n")
        assert summary.endswith(".")
        assert len(summary) <= LONGEST_SUMMARY
        assert f"invoke {name}" in rest

    @pytest.mark.parametrize("name", NAMES)
    def test_every_option_is_explained(self, name: str) -> None:
        assert all(argument.help for argument in tasks()[name].get_arguments())


class TestSpeed:
    def test_nothing_is_loaded_before_it_is_asked_for(self) -> None:
        program = f"import sys, tasks; print({HEAVY} & sys.modules.keys())"
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout == "set()\n"

    def test_compiled_modules_are_kept(self) -> None:
        """Invoke would have every command of a fresh checkout compile its own again."""
        program = "import sys; sys.dont_write_bytecode = True; import tasks; print(sys.dont_write_bytecode)"
        for wish, is_forbidden in ("", False), ("1", True):
            done = subprocess.run(
                [sys.executable, "-c", program],
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": wish},
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            )
            assert done.stdout == f"{is_forbidden}\n"


def test_what_follows_two_dashes_is_not_read_by_invoke() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "invoke", "run", "--", "sh", "-c", 'echo "$1"; exit 7', "sh", "--help x"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (7, "--help x\n")
