"""One try of a healthcheck over the network, on the loop: connect, and for http a request and its status."""

import errno
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from env.supervisor.processes.loop import READ, WRITE, Loop
from env.supervisor.readiness.listeners import Listener

_LOOPBACK = ("127.0.0.1", "::1")
# Windows says the latter, which elsewhere is a lack of ports.
_UNDER_WAY = {0, errno.EWOULDBLOCK if sys.platform == "win32" else errno.EINPROGRESS}

# None is success, anything else says why not.
Verdict = Callable[[str | None], None]
Address = tuple[socket.AddressFamily, Any]


class NotYet(str):
    """A reason that took nothing to find, neither of us nor of whom we wait for."""

    __slots__ = ()


class Target:
    """Where a tcp or http check connects to; every address of a name counts."""

    def __init__(self, host: str, port: int, request: bytes = b"") -> None:
        self.request = request
        self.name = f"{host}:{port}"
        self.addresses = _resolve(host, port)
        self._listeners = [
            Listener(family, host, port) for family, (host, port, *_) in self.addresses if host in _LOOPBACK
        ]
        self.refusal = NotYet(f"{self.name}: ECONNREFUSED")

    @classmethod
    def tcp(cls, address: str) -> "Target":
        host, _, port = address.rpartition(":")
        return cls(host, int(port))

    @classmethod
    def http(cls, url: str) -> "Target":
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {parts.netloc.rpartition('@')[2]}",
            "User-Agent: pixcrawler-supervisor",
            "Accept: */*",
            "Connection: close",
        ]
        request = "".join(f"{line}\r\n" for line in (*lines, "")).encode()
        return cls(parts.hostname or "", parts.port or 80, request)

    def is_closed(self) -> bool:
        """Known without a connection. False may mean anything."""
        return len(self._listeners) == len(self.addresses) > 0 and all(
            listener.is_missing() for listener in self._listeners
        )


class Attempt:
    def __init__(self, loop: Loop, target: Target, timeout_seconds: float, verdict: Verdict) -> None:
        self._loop, self._target, self._verdict = loop, target, verdict
        self._socket: socket.socket | None = None
        self._left = list(target.addresses)
        self._answer = b""
        self._timer = loop.after(
            timeout_seconds, lambda: self._end(f"{target.name} did not answer in {timeout_seconds:g} s")
        )
        if self._left:
            self._connect()
        else:
            self._end(f"{target.name} cannot be resolved")

    def cancel(self) -> None:
        self._timer.cancel()
        self._close()

    def _close(self) -> None:
        if self._socket is not None:
            self._loop.forget(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _end(self, reason: str | None) -> None:
        self.cancel()
        self._verdict(reason)

    def _fail(self, code: int | None) -> None:
        if self._left:
            self._close()
            self._connect()
        elif code == errno.ECONNREFUSED:
            self._end(self._target.refusal)
        else:
            self._end(f"{self._target.name}: {errno.errorcode.get(code or 0, str(code))}")

    def _connect(self) -> None:
        family, address = self._left.pop(0)
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        code = self._socket.connect_ex(address)
        if code in _UNDER_WAY:
            self._loop.watch(self._socket.fileno(), WRITE, self._connected)
        else:
            self._fail(code)

    def _connected(self) -> None:
        assert self._socket is not None  # noqa: S101 - narrows the type
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if not code and self._socket.getsockname() == self._socket.getpeername():
            # Nobody listens; the kernel chose the probed port as our own and connected us to ourselves.
            # A reset, because TIME_WAIT would keep the port from the server that is about to open it.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            code = errno.ECONNREFUSED
        if code:
            self._fail(code)
        elif self._target.request:
            self._ask(self._socket)
        else:
            self._end(None)

    def _ask(self, connection: socket.socket) -> None:
        try:
            connection.send(self._target.request)
        except OSError as error:
            self._fail(error.errno)
        else:
            self._loop.watch(connection.fileno(), READ, self._readable)

    def _readable(self) -> None:
        assert self._socket is not None  # noqa: S101 - narrows the type
        try:
            data = self._socket.recv(4096)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(error.errno)
            return
        self._answer += data
        if b"\n" in self._answer or not data or len(self._answer) > 4096:
            self._end(_judge(self._answer))


def _judge(answer: bytes) -> str | None:
    line = answer.partition(b"\r\n")[0].decode("latin-1")
    status = line.split()[1:2] if line.startswith("HTTP/") else []
    if status and status[0].isdigit() and 200 <= int(status[0]) < 400:
        return None
    return f"answered {line!r}" if line else "closed the connection without an answer"


class ReadyFile:
    """A file that the process writes when it is ready. One of an earlier life, left lying, is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = self._identity()

    def judge(self) -> str | None:
        now = self._identity()
        if now is None:
            return NotYet(f"{self._path} does not exist")
        return NotYet(f"{self._path} is from an earlier run") if now == self._before else None

    def _identity(self) -> tuple[int, ...] | None:
        """Not its age: clocks step, and that of a mounted folder is another's."""
        try:
            found = self._path.stat()
        except (OSError, ValueError):
            return None
        return found.st_dev, found.st_ino, found.st_ctime_ns, found.st_mtime_ns, found.st_size


def _resolve(host: str, port: int) -> list[Address]:
    try:
        # Bytes: for text, even that of a number, Python loads what it knows of international names.
        name = host.encode("ascii" if host.isascii() else "idna")
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [(family, address) for family, _, _, _, address in found]
