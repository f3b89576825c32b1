"""Reads the log files of a run, also while they grow and after it ended."""

import os
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from heapq import merge
from itertools import islice, takewhile
from pathlib import Path
from typing import IO, NamedTuple

from env.supervisor.control.waiting import Presence
from env.supervisor.output.logfiles import STAMP_LENGTH, generations, is_log, log_path
from env.supervisor.problems import NotRunningError, Problem, SupervisorError, closest

FOLLOW_SECONDS = 0.1
_BLOCK_BYTES = 64 * 1024
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?[smhd])+")


class LogLine(NamedTuple):
    stamp: str
    """Local time, `2026-01-31 12:34:56.789`."""
    name: str
    text: str


def logs(
    state_dir: Path,
    name: str | None = None,
    *,
    follow: bool = False,
    since_seconds: float | None = None,
    pattern: str | None = None,
    last: int | None = None,
) -> Iterator[LogLine]:
    """Of one process and its copies, or of all in order of time. Following ends with the run.

    `last` counts what has passed the other two. Raises SupervisorError before the first line.
    """
    folder = state_dir / "logs"
    fits = _filter(pattern)
    tails = [_Tail(folder, each) for each in _names(folder, name)]
    first = "" if since_seconds is None else _stamp(max(0.0, time.time() - since_seconds))
    return _logs(state_dir, tails, fits, first, last, follow)


def seconds_ago(text: str) -> float:
    """Of `90s`, `5m`, `1h30m`, `12:00`, `2026-01-31` or `2026-01-31T12:00`, in local time."""
    if _DURATION.fullmatch(text):
        return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)([smhd])", text))
    is_hour = re.fullmatch(r"\d\d:\d\d(:\d\d)?", text)
    moment = f"{datetime.now().astimezone():%Y-%m-%d}T{text}" if is_hour else text
    try:
        return time.time() - datetime.fromisoformat(moment).timestamp()
    except ValueError:
        hint = "write 5m, 1h30m, 12:00 or 2026-01-31T12:00"
        raise SupervisorError(
            [Problem("--since", f"neither a duration nor a time: '{text}'", hint)]
        ) from None


def _logs(
    state_dir: Path,
    tails: list["_Tail"],
    fits: Callable[[LogLine], bool],
    first: str,
    last: int | None,
    follow: bool,
) -> Iterator[LogLine]:
    if last is None:
        past = merge(*(tail.since(first) for tail in tails), key=_by_time)
        yield from filter(fits, past)
    else:
        back = merge(*(tail.backwards(first) for tail in tails), key=_by_time, reverse=True)
        yield from reversed(deque(islice(filter(fits, back), min(last, sys.maxsize))))
    if follow:
        yield from filter(fits, _follow(tails, Presence(state_dir)))


def _filter(pattern: str | None) -> Callable[[LogLine], bool]:
    if not pattern:
        return lambda _line: True
    try:
        search = re.compile(pattern).search
    except re.error as error:
        hint = f"position {error.pos}; put a backslash before each of .*+?()[]{{}}|^$ that stands for itself"
        raise SupervisorError([Problem("--grep", f"'{pattern}' is no pattern: {error.msg}", hint)]) from None
    return lambda line: search(line.text) is not None


def _names(folder: Path, name: str | None) -> list[str]:
    known = sorted(path.stem for path in folder.glob("*.log") if is_log(path))
    if name is None or name in known:
        return [name] if name else known
    copies = [each for each in known if re.fullmatch(re.escape(name) + r"\.\d+", each)]
    if not copies:
        raise NotRunningError([Problem(str(folder), f"no log of '{name}'", closest(name, known))])
    return copies


def _follow(tails: Iterable["_Tail"], goes_on: Callable[[], bool]) -> Iterator[LogLine]:
    is_last_look = False
    while True:
        new = sorted((line for tail in tails for line in tail.new()), key=_by_time)
        yield from new
        if is_last_look:
            return
        if not new:
            is_last_look = not goes_on()
            time.sleep(FOLLOW_SECONDS)


class _Tail:
    """The generations of one log that are there now, and what is added from then on."""

    def __init__(self, folder: Path, name: str) -> None:
        self._name, self._path = name, log_path(folder, name)
        # The newest first; open, so that a rotation meanwhile takes nothing away.
        self._files = _open(self._path)
        self._place = _end(self._files[0])

    def since(self, first: str) -> Iterator[LogLine]:
        wanted = []
        for file, end in self._past():
            wanted.append((file, end))
            file.seek(0)
            if (oldest := file.readline()) and self._line(oldest).stamp < first:
                break
        for file, end in reversed(wanted):
            yield from (line for line in map(self._line, _lines(file, 0, end)) if line.stamp >= first)

    def backwards(self, first: str) -> Iterator[LogLine]:
        for file, end in self._past():
            for raw in _reversed_lines(file, end):
                line = self._line(raw)
                if line.stamp < first:
                    return
                yield line

    def new(self) -> Iterator[LogLine]:
        while True:
            file = self._files[0]
            if os.fstat(file.fileno()).st_size < self._place:  # emptied by somebody
                self._place = 0
            for raw in _lines(file, self._place):
                self._place += len(raw)
                yield self._line(raw)
            newer = self._newer()
            if not newer:
                return
            self._files, self._place = newer[:1], 0
            for former in reversed(newer[1:]):
                yield from map(self._line, _lines(former, 0))

    def _newer(self) -> list[IO[bytes]]:
        current = self._files[0]
        try:
            if not is_log(self._path) or os.path.samestat(self._path.stat(), os.fstat(current.fileno())):
                return []
        except FileNotFoundError:  # about to come back, or deleted
            return []
        return list(takewhile(lambda file: not _is_same(file, current), _open(self._path)))

    def _past(self) -> Iterator[tuple[IO[bytes], int]]:
        current, *former = self._files
        yield current, self._place
        yield from ((file, _end(file)) for file in former)

    def _line(self, raw: bytes) -> LogLine:
        text = raw.decode(errors="replace").removesuffix("\n")
        if text[4:5] == "-" and text[STAMP_LENGTH - 4 : STAMP_LENGTH - 3] == ".":
            return LogLine(text[:STAMP_LENGTH], self._name, text[STAMP_LENGTH + 1 :])
        return LogLine("", self._name, text)


def _open(path: Path) -> list[IO[bytes]]:
    """A rotation between two of them makes one appear twice, but lets none escape."""
    files: list[IO[bytes]] = []
    for each in generations(path):
        with suppress(FileNotFoundError):
            file = each.open("rb")
            if not (files and _is_same(files[-1], file)):
                files.append(file)
    return files


def _is_same(one: IO[bytes], other: IO[bytes]) -> bool:
    return os.path.sameopenfile(one.fileno(), other.fileno())


def _end(file: IO[bytes]) -> int:
    """Behind the last line that is complete."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - _BLOCK_BYTES)
        file.seek(start)
        if (place := file.read(end - start).rfind(b"\n")) >= 0:
            return start + place + 1
        end = start
    return 0


def _lines(file: IO[bytes], start: int, end: int | None = None) -> Iterator[bytes]:
    """Complete ones, with their newline."""
    file.seek(start)
    while (end is None or start < end) and (line := file.readline()).endswith(b"\n"):
        start += len(line)
        yield line


def _reversed_lines(file: IO[bytes], end: int) -> Iterator[bytes]:
    rest = b""
    end -= 1
    while end > 0:
        start = max(0, end - _BLOCK_BYTES)
        file.seek(start)
        rest, *lines = (file.read(end - start) + rest).split(b"\n")
        yield from reversed(lines)
        end = start
    if end == 0:
        yield rest


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")[:STAMP_LENGTH]


def _by_time(line: LogLine) -> str:
    return line.stamp
