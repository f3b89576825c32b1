"""From a child's bytes to prefixed lines on the terminal and plain ones in its log file."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from env.supervisor.logfiles import LogFile
from env.supervisor.redaction import Redactor
from env.supervisor.terminal import Screen

# Honcho's order.
_COLOURS = ("36", "33", "32", "35", "31", "34", "36;1", "33;1", "32;1", "35;1", "31;1", "34;1")
# A line without an end must not grow without one.
LONGEST_LINE_BYTES = 256 * 1024
TAIL_BYTES = 16 * 1024
SYSTEM = "system"
NOTHING_SECRET = Redactor(())


class Style(Protocol):
    def lines(self, name: str, body: bytes) -> bytes:
        """`body` holds complete lines without the last newline."""

    def event(self, text: str, data: Mapping[str, Any]) -> bytes: ...


class PrefixStyle:
    """`12:34:56 web    | line`, coloured on a terminal."""

    def __init__(self, names: Iterable[str], is_coloured: bool) -> None:
        names = [*names, SYSTEM]
        self._width = max(map(len, names))
        self._colour = dict(zip(names, _cycle(len(names)), strict=True)) if is_coloured else {}
        self._heads: dict[str, bytes] = {}
        self._second = 0

    def lines(self, name: str, body: bytes) -> bytes:
        head = self._head(name)
        return head + body.replace(b"\n", b"\n" + head) + b"\n"

    def event(self, text: str, data: Mapping[str, Any]) -> bytes:  # noqa: ARG002 - for programs only
        return self.lines(SYSTEM, text.encode())

    def _head(self, name: str) -> bytes:
        if (now := int(time.time())) != self._second:
            self._second = now
            self._heads.clear()
        head = self._heads.get(name)
        if head is None:
            text = f"{time.strftime('%H:%M:%S', time.localtime(now))} {name:<{self._width}} | "
            if colour := self._colour.get(name):
                text = f"\x1b[0m\x1b[{colour}m{text}\x1b[0m"
            head = self._heads[name] = text.encode()
        return head


class JsonStyle:
    """A JSON object per line and event, for programs."""

    def lines(self, name: str, body: bytes) -> bytes:
        text = body.decode(errors="replace").split("\n")
        return b"".join(self._line({"event": "output", "process": name, "line": line}) for line in text)

    def event(self, text: str, data: Mapping[str, Any]) -> bytes:
        return self._line({**data, "message": text})

    def _line(self, fields: Mapping[str, Any]) -> bytes:
        return json.dumps({"time": time.time(), **fields}).encode() + b"\n"


def _cycle(number: int) -> list[str]:
    return ["37;1" if n == number - 1 else _COLOURS[n % len(_COLOURS)] for n in range(number)]


def wants_colour(fd: int) -> bool:
    return (
        os.isatty(fd)
        and "NO_COLOR" not in os.environ
        and os.environ.get("TERM") != "dumb"
        and sys.platform != "win32"
    )


class Stream:
    """One process' output over all its lives: cuts it into lines, keeps the last ones for a post-mortem."""

    def __init__(
        self, name: str, screen: Screen, style: Style, log: LogFile, redactor: Redactor = NOTHING_SECRET
    ) -> None:
        self._name, self._screen, self._style, self._log = name, screen, style, log
        self._redactor = redactor
        self._rest = b""
        self._tail = b""
        self.observer: Callable[[bytes], None] | None = None

    def begin(self) -> None:
        """A new life: what the former one said explains nothing any more."""
        self._tail = b""
        self._log.open()

    def feed(self, data: bytes) -> None:
        body, newline, rest = data.rpartition(b"\n")
        if newline:
            body, self._rest = self._rest + body, rest
            self._emit(body)
        else:
            self._rest += rest
            if len(self._rest) > LONGEST_LINE_BYTES:
                self.finish()

    def finish(self) -> None:
        """The last line of a process that did not end it."""
        if self._rest:
            body, self._rest = self._rest, b""
            self._emit(body)

    def last_lines(self, number: int) -> list[str]:
        return [line.decode(errors="replace") for line in self._tail.splitlines()[-number:]]

    def _emit(self, body: bytes) -> None:
        if b"\r" in body:
            body = body.removesuffix(b"\r").replace(b"\r\n", b"\n")
        body = self._redactor.redact(body)
        self._log.write(body)
        self._tail = (
            (self._tail + body + b"\n")[-TAIL_BYTES:]
            if len(body) < TAIL_BYTES
            else body[-TAIL_BYTES:] + b"\n"
        )
        self._screen.write(self._style.lines(self._name, body))
        if self.observer:
            self.observer(body)
