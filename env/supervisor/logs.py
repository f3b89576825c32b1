"""Reads the log files of a run, also while they grow and after it ended."""

import time
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from pathlib import Path
from typing import IO, NamedTuple

from env.supervisor.client import is_running
from env.supervisor.logfiles import STAMP_FORMAT, STAMP_LENGTH, log_path, older
from env.supervisor.problems import NotRunningError, Problem, closest

FOLLOW_SECONDS = 0.1


class LogLine(NamedTuple):
    stamp: str
    """Local time, `2026-01-31 12:34:56`."""
    name: str
    text: str


def logs(
    state_dir: Path,
    name: str | None = None,
    *,
    follow: bool = False,
    since_seconds: float | None = None,
    last: int | None = None,
) -> Iterator[LogLine]:
    """Of one process, or of all in order of time. Following ends with the run."""
    folder = state_dir / "logs"
    names = [name] if name else sorted(path.stem for path in folder.glob("*.log"))
    for wanted in names:
        if not log_path(folder, wanted).exists():
            known = [path.stem for path in folder.glob("*.log")]
            raise NotRunningError([Problem(str(folder), f"no log of '{wanted}'", closest(wanted, known))])
    tails = [_Tail(folder, wanted) for wanted in names]
    past = list(merge(*(tail.past() for tail in tails), key=lambda line: line.stamp))
    if since_seconds is not None:
        first = time.strftime(STAMP_FORMAT, time.localtime(time.time() - since_seconds))
        past = [line for line in past if line.stamp >= first]
    yield from past if last is None else past[max(0, len(past) - last) :]
    if follow:
        yield from _follow(tails, lambda: is_running(state_dir))


def _follow(tails: Iterable["_Tail"], goes_on: Callable[[], bool]) -> Iterator[LogLine]:
    is_last_look = False
    while True:
        new = sorted((line for tail in tails for line in tail.new()), key=lambda line: line.stamp)
        yield from new
        if is_last_look:
            return
        if not new:
            is_last_look = not goes_on()
            time.sleep(FOLLOW_SECONDS)


class _Tail:
    def __init__(self, folder: Path, name: str) -> None:
        self._path, self._name = log_path(folder, name), name
        self._file: IO[bytes] | None = None
        self._rest = b""

    def past(self) -> Iterator[LogLine]:
        former = older(self._path)
        if former.exists():
            for line in former.read_bytes().splitlines():
                yield self._line(line)
        yield from self.new()

    def new(self) -> Iterator[LogLine]:
        while True:
            if self._file is None:
                try:
                    self._file = self._path.open("rb")
                except FileNotFoundError:
                    return
            lines = (self._rest + self._file.read()).split(b"\n")
            self._rest = lines.pop()
            yield from map(self._line, lines)
            if not self._was_rotated():
                return
            self._file.close()
            self._file = None

    def _was_rotated(self) -> bool:
        try:
            return self._file is not None and self._path.stat().st_ino != _inode(self._file)
        except FileNotFoundError:
            return False

    def _line(self, line: bytes) -> LogLine:
        text = line.decode(errors="replace")
        return LogLine(text[:STAMP_LENGTH], self._name, text[STAMP_LENGTH + 1 :])


def _inode(file: IO[bytes]) -> int:
    import os

    return os.fstat(file.fileno()).st_ino
