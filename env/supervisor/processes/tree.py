"""Who descends from whom, read in one pass; and who carries the marker of a run."""

import os
import signal
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from env.supervisor.processes.platform import IS_LINUX

# On a machine where something always begins, there has to be an end.
_LOOKS = 5


class Relative(NamedTuple):
    pid: int
    parent: int
    session: int


class Tree:
    """A snapshot of the live processes of this machine; zombies count as gone."""

    def __init__(self, relatives: Iterable[Relative]) -> None:
        self._all = list(relatives)
        self._children: dict[int, list[int]] = {}
        for relative in self._all:
            self._children.setdefault(relative.parent, []).append(relative.pid)

    @classmethod
    def now(cls) -> "Tree":
        return cls(_linux() if IS_LINUX else _portable())

    @property
    def pids(self) -> set[int]:
        return {relative.pid for relative in self._all}

    def children(self, pid: int) -> list[int]:
        return self._children.get(pid, [])

    def descendants(self, pid: int) -> set[int]:
        found: set[int] = set()
        todo = [pid]
        while todo:
            new = [child for child in self.children(todo.pop()) if child not in found]
            found.update(new)
            todo += new
        return found

    def family(self, pid: int) -> set[int]:
        return self.descendants(pid) | ({pid} & self.pids)

    def sessions(self) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for relative in self._all:
            found.setdefault(relative.session, set()).add(relative.pid)
        return found


def _linux() -> Iterator[Relative]:
    for pid in _pids():
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - a snapshot has to be quick
                state, parent, _group, session, *_ = file.read().rpartition(b")")[2].split(None, 5)
        except (FileNotFoundError, ProcessLookupError):  # not: too many open files, which proves nothing
            continue
        if state not in b"ZX":
            yield Relative(pid, int(parent), int(session))


def _pids() -> Iterator[int]:
    """Also those that begin while we look: who forks and leaves, on and on, would seldom be met otherwise."""
    seen: set[int] = set()
    for _ in range(_LOOKS):
        new = {int(name) for name in os.listdir("/proc") if name.isdigit()} - seen  # noqa: PTH208
        yield from new
        if not new:
            return
        seen |= new


def _portable() -> Iterator[Relative]:
    import psutil

    for process in psutil.process_iter(["ppid", "status"]):
        if process.info["status"] != psutil.STATUS_ZOMBIE:
            try:
                yield Relative(process.pid, process.info["ppid"], _session(process.pid))
            except OSError:
                continue


def _session(pid: int) -> int:
    if sys.platform == "win32":
        return 0
    return os.getsid(pid)


def environment_of(pid: int) -> dict[str, str]:
    """The environment a process was started with; empty when it is not ours to read."""
    if IS_LINUX:
        try:
            raw = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return {}
        pairs = (item.partition(b"=") for item in raw.split(b"\0"))
        return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}
    import psutil

    try:
        return dict(psutil.Process(pid).environ())
    except (psutil.Error, OSError):
        return {}


def marked(name: str, value: str) -> set[int]:
    """Every live process that was started with this variable: daemons and foreign sessions included."""
    needle = f"{name}={value}\0".encode()
    if not IS_LINUX:
        return {relative.pid for relative in _portable() if environment_of(relative.pid).get(name) == value}
    found = set()
    for relative in _linux():
        try:
            raw = Path(f"/proc/{relative.pid}/environ").read_bytes() + b"\0"
        except OSError:
            continue
        if raw.startswith(needle) or b"\0" + needle in raw:
            found.add(relative.pid)
    return found - {os.getpid()}


def ask(pids: Collection[int]) -> None:
    if sys.platform != "win32":  # where nobody can ask but a console
        send(signal.SIGTERM, pids)
        send(signal.SIGCONT, pids)


def kill(pids: Iterable[int]) -> None:
    if sys.platform == "win32":
        send(signal.SIGTERM, pids)  # which is TerminateProcess
    else:
        send(signal.SIGKILL, pids)


def send(number: signal.Signals, pids: Iterable[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:  # it is gone, or it changed its user: not ours to end
            continue
