"""The end of the log files and what is added to them, cleaned of everything that could act on a terminal."""

import os
import re
from pathlib import Path
from typing import IO

from env.supervisor.output.logfiles import STAMP_LENGTH, generations, is_log, log_path
from env.supervisor.output.logs import LogLine

# About as much as the view keeps; whatever lies further back would leave it at once.
TAIL_BYTES = 1024 * 1024
LONGEST_LINE = 4000

_SEQUENCES = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor
    "|\x1b[\\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\\\)?"  # OSC, DCS, SOS, PM, APC up to their end
    "|\x1b[ -/]*[0-~]?"
    "|\r(?=\n)"
)
# C0 without tab and newline, DEL, C1, line separators and what turns the direction of reading.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def cleaned(text: str) -> str:
    return _CONTROLS.sub("�", _SEQUENCES.sub("", text))


class Feed:
    """Of one process, or of all; `read` returns what is new, at first the end of what is there."""

    def __init__(self, state_dir: Path, name: str | None = None) -> None:
        self._folder, self._name = state_dir / "logs", name
        self._tails: dict[str, _Tail] = {}

    def read(self) -> list[LogLine]:
        is_first = not self._tails
        for name in self._names():
            if name not in self._tails:
                self._tails[name] = _Tail(self._folder, name)
        tails = self._tails.values()
        budget = TAIL_BYTES // max(1, len(tails)) if is_first else TAIL_BYTES
        lines = [line for tail in tails for line in tail.read(budget)]
        return lines if len(tails) == 1 else sorted(lines, key=_stamp)

    def _names(self) -> list[str]:
        return (
            [self._name]
            if self._name
            else sorted(path.stem for path in self._folder.glob("*.log") if is_log(path))
        )


class _Tail:
    def __init__(self, folder: Path, name: str) -> None:
        self._path, self._name = log_path(folder, name), name
        self._file: IO[bytes]
        self._inode = self._position = 0
        self._rest = b""

    def read(self, budget: int) -> list[LogLine]:
        if not is_log(self._path):  # not there yet, or no longer
            return self._more(budget) if self._inode else []
        try:
            if not self._inode:
                return self._first(budget)
            lines = self._more(budget)
            if self._path.stat().st_ino != self._inode:  # rotated: the rest of the former, then the new one
                self._file.close()
                self._open()
                lines += self._more(budget)
        except FileNotFoundError:
            return []
        return lines

    def _first(self, budget: int) -> list[LogLine]:
        self._open()
        size = self._path.stat().st_size
        if size > budget:
            self._position = size - budget
            return self._more(budget)[1:]  # begins within a line
        return [*self._past(budget - size), *self._more(budget)]

    def _past(self, budget: int) -> list[LogLine]:
        """The end of the older generations."""
        bodies: list[bytes] = []
        for former in generations(self._path)[1:]:
            if budget > 0 and (body := _end_of(former, budget)):
                bodies.append(body)
                budget -= former.stat().st_size
        return self._lines(b"\n".join(reversed(bodies))) if bodies else []

    def _open(self) -> None:
        self._file = self._path.open("rb", buffering=0)
        self._inode, self._position, self._rest = os.fstat(self._file.fileno()).st_ino, 0, b""

    def _more(self, budget: int) -> list[LogLine]:
        size = os.fstat(self._file.fileno()).st_size
        if size < self._position:  # emptied by somebody
            self._position, self._rest = 0, b""
        skipped = size - self._position - budget
        if skipped > 0:
            self._position, self._rest = size - budget, b""
        if size == self._position:
            return []
        self._file.seek(self._position)
        data = self._file.read(budget)
        self._position += len(data)
        body, newline, rest = data.rpartition(b"\n")
        if not newline:
            self._rest = (self._rest + data)[-budget:]
            return []
        body, self._rest = self._rest + body, rest
        if skipped <= 0:
            return self._lines(body)
        first, *lines = self._lines(body)
        text = f"… {skipped / 2**20:.1f} MiB came too fast to be shown; all of it is in {self._path}"
        return [LogLine(lines[0].stamp if lines else first.stamp, self._name, text), *lines]

    def _lines(self, body: bytes) -> list[LogLine]:
        return [
            LogLine(line[:STAMP_LENGTH], self._name, _text(line[STAMP_LENGTH + 1 :]))
            for line in cleaned(body.decode(errors="replace")).split("\n")
        ]


def _end_of(path: Path, budget: int) -> bytes:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(max(0, size - budget))
        data = file.read().rstrip(b"\n")
    return data if size <= budget else data.partition(b"\n")[2]


def _text(text: str) -> str:
    if "\t" in text:
        text = text.expandtabs()
    return text if len(text) <= LONGEST_LINE else text[:LONGEST_LINE] + "…"


def _stamp(line: LogLine) -> str:
    return line.stamp
