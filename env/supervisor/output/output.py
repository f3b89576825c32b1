"""From a child's bytes to prefixed lines on the terminal and plain ones in its log file."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from env.supervisor.output.escapes import Clean, clean, last_state
from env.supervisor.output.logfiles import LogFile, log_path
from env.supervisor.output.redaction import LiveRedactor, Redactor
from env.supervisor.output.screen import Screen
from env.supervisor.processes.loop import Loop

# Honcho's order.
_COLOURS = ("36", "33", "32", "35", "31", "34", "36;1", "33;1", "32;1", "35;1", "31;1", "34;1")
# A line without an end must not grow without one.
LONGEST_LINE_BYTES = 256 * 1024
# Prefixes make of empty lines many times their size: so many at once, that memory stays bounded.
MOST_LINES = 2000
TAIL_BYTES = 16 * 1024
# While the terminal is paused each process may still say so much: a healthcheck may wait for its line.
ALLOWANCE_BYTES = 64 * 1024
CHUNK_BYTES, SIP_BYTES = 64 * 1024, 4 * 1024
SYSTEM = "system"


class Style(Protocol):
    def lines(self, name: str, body: Clean) -> bytes:
        """`body` holds complete lines without the last newline."""

    def event(self, text: str, data: Mapping[str, Any]) -> bytes: ...


class PrefixStyle:
    """`12:34:56 web    | line`, coloured on a terminal."""

    def __init__(self, names: Iterable[str], is_coloured: bool) -> None:
        names = [*names, SYSTEM]
        self._width = max(map(len, names))
        self._is_coloured = is_coloured
        self._colour = dict(zip(names, _cycle(len(names)), strict=True)) if is_coloured else {}
        self._heads: dict[str, bytes] = {}
        self._second = 0

    def lines(self, name: str, body: Clean) -> bytes:
        head = self._head(name)
        text = body.coloured if self._is_coloured else body.plain
        return head + text.replace(b"\n", b"\n" + head) + b"\n"

    def event(self, text: str, data: Mapping[str, Any]) -> bytes:  # noqa: ARG002 - for programs only
        return self.lines(SYSTEM, clean(text.encode(errors="replace")))

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


def _cycle(number: int) -> list[str]:
    return ["37;1" if n == number - 1 else _COLOURS[n % len(_COLOURS)] for n in range(number)]


def _json_style() -> Style:
    from env.supervisor.output.jsonstyle import JsonStyle  # here, because it imports json

    return JsonStyle()


def wants_colour(fd: int) -> bool:
    return (
        os.isatty(fd)
        and "NO_COLOR" not in os.environ
        and os.environ.get("TERM") != "dumb"
        and sys.platform != "win32"
    )


class Output:
    """Everything that a run says, on standard output and in its log files."""

    def __init__(
        self, loop: Loop, folder: Path, names: Iterable[str], redactor: Redactor, *, is_json: bool = False
    ) -> None:
        names = list(names)
        self.screen = Screen(loop, 1)
        self.screen.on_loss = self._warn
        self._redactor = redactor
        self._style = _json_style() if is_json else PrefixStyle(names, wants_colour(1))
        self._logs = {name: LogFile(log_path(folder, name), tell=self._warn) for name in [*names, SYSTEM]}
        self.warnings: list[str] = []
        """What was lost, and where: a run without a terminal tells it in its status."""

    def stream(self, name: str) -> "Stream":
        return Stream(name, self.screen, self._style, self._logs[name], self._redactor)

    def event(self, kind: str, text: str, **data: object) -> None:
        self._logs[SYSTEM].write(self._redactor.redact(clean(text.encode(errors="replace")).plain))
        self.screen.write(self._redactor.redact(self._style.event(text, {"event": kind, **data})))

    def close_logs(self) -> None:
        for log in self._logs.values():
            log.close()

    def _warn(self, text: str) -> None:
        self.warnings.append(text)
        self.event("unlogged", text)


class Stream:
    """One process' output over all its lives: cuts it into lines, keeps the last ones for a post-mortem."""

    def __init__(self, name: str, screen: Screen, style: Style, log: LogFile, redactor: Redactor) -> None:
        self._name, self._screen, self._style, self._log = name, screen, style, log
        self._redactor = redactor
        self._live = LiveRedactor(redactor)
        self._rest = b""
        self._tail = b""
        self._shown_while_full = 0
        self.observer: Callable[[bytes], None] | None = None

    @property
    def appetite(self) -> int:
        """How many bytes it takes now; 0: none until the screen is drained."""
        if not self._screen.is_full:
            return CHUNK_BYTES
        return SIP_BYTES if self._shown_while_full < ALLOWANCE_BYTES else 0

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
            self._rest += data
        if b"\r" in self._rest:
            self._rest = last_state(self._rest)
        if len(self._rest) > LONGEST_LINE_BYTES:
            self._shorten()

    @property
    def unfinished(self) -> bytes:
        """The line it has begun, as the prompt of a debugger."""
        return self._redactor.redact(self._rest)

    def live(self, data: bytes) -> bytes:
        """The same bytes for somebody who cannot wait for the end of a line; b"" ends them."""
        return self._live.feed(data) if data else self._live.finish()

    def finish(self) -> None:
        """The last line of a process that did not end it."""
        if self._rest:
            body, self._rest = self._rest, b""
            self._emit(body)

    def last_lines(self, number: int) -> list[str]:
        return [line.decode(errors="replace") for line in self._tail.splitlines()[-number:]]

    def _shorten(self) -> None:
        """Neither a character nor a secret is cut."""
        end = _whole_characters(self._rest)
        text, rest = clean(self._rest[:end]).plain, self._rest[end:]
        cut = self._redactor.cut(text) if len(text) > LONGEST_LINE_BYTES else 0
        if cut:
            self._emit(text[:cut])
        self._rest = text[cut:] + rest

    def _emit(self, body: bytes) -> None:
        if body.count(b"\n") > MOST_LINES:
            middle = body.index(b"\n", len(body) // 2 - 1)
            self._emit(body[:middle])
            self._emit(body[middle + 1 :])
            return
        lines = self._redacted(clean(body))
        plain = lines.plain
        self._log.write(plain)
        self._tail = (
            (self._tail + plain + b"\n")[-TAIL_BYTES:]
            if len(plain) < TAIL_BYTES
            else plain[-TAIL_BYTES:] + b"\n"
        )
        shown = self._style.lines(self._name, lines)
        self._screen.write(shown)
        self._shown_while_full = self._shown_while_full + len(shown) if self._screen.is_full else 0
        if self.observer:
            self.observer(plain)

    def _redacted(self, lines: Clean) -> Clean:
        plain = self._redactor.redact(lines.plain)
        if plain == lines.plain:
            return lines
        if lines.plain == lines.coloured:
            return Clean(plain, plain)
        # A colour may stand within a secret: a line that holds one loses them.
        each = zip(plain.split(b"\n"), lines.plain.split(b"\n"), lines.coloured.split(b"\n"), strict=True)
        return Clean(plain, b"\n".join(shown if new == old else new for new, old, shown in each))


def _whole_characters(text: bytes) -> int:
    """Up to where no UTF-8 sequence is incomplete."""
    for back in range(1, min(4, len(text)) + 1):
        if text[-back] & 0xC0 != 0x80:
            lead = text[-back]
            needed = 1 if lead < 0xC0 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return len(text) - back if needed > back else len(text)
    return len(text)
