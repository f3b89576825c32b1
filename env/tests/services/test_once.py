"""`python -m env.services.once`, as Honcho, our supervisor and a person start it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from env.services.places import ROOT

GOOD = "print('migrated', __name__, __import__('sys').argv[1:])"
STAYS = "good is done and stays, because its end would end Honcho"


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    (tmp_path / "good.py").write_text(GOOD)
    (tmp_path / "bad.py").write_text("raise SystemExit(3)")
    (tmp_path / "zero.py").write_text("raise SystemExit(0)")
    return tmp_path


def start(modules: Path, *words: str, **environment: str) -> "subprocess.Popen[str]":
    path = f"{modules}{os.pathsep}{ROOT}"
    return subprocess.Popen(
        [sys.executable, "-m", "env.services.once", *words],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_under_honcho_it_stays_until_it_is_told_to_stop(modules: Path, stop: signal.Signals) -> None:
    process = start(modules, "good", HONCHO_PROCESS_NAME="migrate.1")
    assert process.stdout is not None
    said = [process.stdout.readline().strip() for _ in range(2)]
    assert said == ["migrated __main__ []", STAYS]
    assert process.poll() is None
    # The handlers stand a moment after the line.
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    process.send_signal(stop)
    assert process.communicate(timeout=30)[0] == ""
    assert process.returncode == 0


@pytest.mark.parametrize(
    "environment", [{}, {"HONCHO_PROCESS_NAME": "migrate", "PIXCRAWLER_RUN": "1"}], ids=["by hand", "ours"]
)
def test_elsewhere_it_ends(modules: Path, environment: dict[str, str]) -> None:
    process = start(modules, "good", "--now", **environment)
    assert process.communicate(timeout=30)[0] == "migrated __main__ ['--now']\n"
    assert process.returncode == 0


@pytest.mark.parametrize(("module", "code"), [("bad", 3), ("no_such_module", 1)])
def test_a_failure_ends_with_its_own_code(modules: Path, module: str, code: int) -> None:
    process = start(modules, module, HONCHO_PROCESS_NAME="migrate.1")
    process.communicate(timeout=30)
    assert process.returncode == code


def test_an_exit_with_zero_is_none(modules: Path) -> None:
    process = start(modules, "zero", HONCHO_PROCESS_NAME="migrate.1")
    assert process.stdout is not None
    assert "zero is done and stays" in process.stdout.readline()
    process.kill()
    process.communicate()


def test_without_a_module_it_says_what_to_write(modules: Path) -> None:
    process = start(modules)
    assert "once: which module?" in process.communicate(timeout=30)[0]
    assert process.returncode == 1
