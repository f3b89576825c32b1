"""One client on the control socket: whole lines in, whole replies out, and never a wait for it."""

import json
import socket
from collections.abc import Callable
from typing import Any

from env.supervisor.processes.loop import READ, WRITE, Loop

LONGEST_REQUEST_BYTES = 64 * 1024
# A client that lets more than this pile up is not looking any more. One read of a child's bytes that are no
# text makes six times its 256 KiB in JSON.
LONGEST_BACKLOG_BYTES = 4 * 1024 * 1024


class Connection:
    """`on_line` gets every complete line; `on_close` comes once, whoever hung up."""

    def __init__(
        self, loop: Loop, connection: socket.socket, on_line: Callable[["Connection", bytes], None]
    ) -> None:
        self._loop, self._socket, self.on_line = loop, connection, on_line
        self.on_close: Callable[[Connection], None] = lambda _connection: None
        self._request = b""
        self._pending = bytearray()
        self._is_last = False
        self.has_asked = False
        connection.setblocking(False)
        self._watch()

    @property
    def is_open(self) -> bool:
        return self._socket.fileno() >= 0

    @property
    def is_dispensable(self) -> bool:
        """It wants nothing, or does not take what it wanted."""
        return not self.has_asked or self._is_last

    def send(self, content: dict[str, Any], *, is_last: bool = False) -> None:
        """A client that went away misses it."""
        if self.is_open and not self._is_last:
            self._pending += json.dumps(content).encode() + b"\n"
            self._is_last = is_last
            self._flush()
            if len(self._pending) > LONGEST_BACKLOG_BYTES and not is_last:
                self._drop()

    def refuse(self, error: str, hint: str) -> None:
        self.send({"error": error, "hint": hint}, is_last=True)

    def close(self) -> None:
        if self.is_open:
            self._loop.forget(self._socket.fileno())
            self._socket.close()
            self.on_close(self)

    def _drop(self) -> None:
        """The line that is under way is completed, so that the reason can be read after it."""
        del self._pending[self._pending.index(b"\n") + 1 :]
        self.refuse("this client reads too slowly and was let go; the process is unharmed", "attach again")

    def _watch(self) -> None:
        events = (0 if self._is_last else READ) | (WRITE if self._pending else 0)
        self._loop.watch(self._socket.fileno(), events, self._turn)

    def _turn(self) -> None:
        self._flush()
        if self.is_open and not self._is_last:
            self._read()

    def _flush(self) -> None:
        try:
            while self._pending:
                del self._pending[: self._socket.send(self._pending)]
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        if self._is_last and not self._pending:
            self.close()
        else:
            self._watch()

    def _read(self) -> None:
        try:
            data = self._socket.recv(LONGEST_REQUEST_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        *lines, self._request = (self._request + data).split(b"\n")
        for line in lines:
            if self.is_open and not self._is_last:
                self.has_asked = True
                self.on_line(self, line)
        if not data:
            self.close()
        elif len(self._request) > LONGEST_REQUEST_BYTES:
            self.refuse(f"a request longer than {LONGEST_REQUEST_BYTES} bytes", "send one line of JSON")
