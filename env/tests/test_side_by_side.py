"""Two checkouts on one machine, each with the stack of `invoke dev --ports auto`, without the web server.

benchmarks/supervisor/five_checkouts.py does the same with five, clones and Next.
"""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from env.services.places import ROOT
from env.services.ports import USUAL
from env.tests.side_by_side import Stack, bare_environment, strangers

pytestmark = pytest.mark.heavy
MARKER = "PIXCRAWLER_SIDE_BY_SIDE"
WITHOUT_WEB = "api,auth,worker,scheduler"
_NOT_OURS = shutil.ignore_patterns("tests", "__pycache__", "node_modules", ".next", ".env*")


def checkout(folder: Path) -> Path:
    for part in ("env", "backend", "frontend/drizzle"):
        shutil.copytree(ROOT / part, folder / part, ignore=_NOT_OURS)
    for file in ("Procfile", "pyproject.toml", "tasks.py"):
        shutil.copy(ROOT / file, folder)
    return folder


@pytest.fixture
def marker() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def stacks(tmp_path: Path, marker: str) -> Iterator[list[Stack]]:
    environment = {**bare_environment(), MARKER: marker}
    found = [Stack(checkout(tmp_path / name), environment) for name in ("ada", "bob")]
    begun = [stack.begin("--only", WITHOUT_WEB) for stack in found]
    said = [process.communicate(timeout=300)[0] for process in begun]
    try:
        assert [process.returncode for process in begun] == [0, 0], "\n".join(said)
        for stack in found:
            stack.read_ports()
        yield found
    finally:
        for stopping in [stack.begin_stop() for stack in found]:
            stopping.communicate(timeout=120)
        left = [process for process in psutil.process_iter() if marker_of(process) == marker]
        for process in left:
            process.kill()
        assert left == []


def marker_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARKER)
    except psutil.Error:
        return None


def test_two_stacks_share_nothing_and_leave_nothing(stacks: list[Stack]) -> None:
    assert [stack.unhealthy() for stack in stacks] == [[], []]
    taken = [port for stack in stacks for port in stack.ports.values()]
    assert len(set(taken)) == len(taken) == 2 * (len(USUAL) - 2)
    assert not set(taken) & set(USUAL.values())
    assert strangers(stacks) == []
