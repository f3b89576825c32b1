"""A program as process 1, as in a container: a PID namespace with a /proc of its own."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from env.supervisor.processes.tree import Tree


def as_process_one(command: list[str]) -> list[str]:
    unshare = shutil.which("unshare")
    assert unshare, "util-linux is missing"
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return [unshare, *user, "--pid", "--fork", "--mount-proc", "--kill-child", *command]


def process_one(unshare_pid: int) -> int | None:
    """The pid that the outside knows it by."""
    return next(iter(Tree.now().children(unshare_pid)), None)


def zombies(parent: int) -> list[int]:
    return [
        int(stat.split()[0]) for stat in _stats() if stat.rpartition(")")[2].split()[:2] == ["Z", str(parent)]
    ]


def catches(pid: int, number: int) -> bool:
    """Has it a handler for this signal?"""
    for line in _read(Path(f"/proc/{pid}/status")).splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False


def _stats() -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        if text := _read(path):
            yield text


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
