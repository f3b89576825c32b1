"""One try of a healthcheck over the network, on the loop: connect, and for http a request and its status."""

import errno
import socket
import struct
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from env.supervisor.loop import READ, WRITE, Loop

# None is success, anything else says why not.
Verdict = Callable[[str | None], None]
Address = tuple[socket.AddressFamily, Any]


class Target:
    """Where a tcp or http check connects to; every address of a name has its turn."""

    def __init__(self, host: str, port: int, request: bytes = b"") -> None:
        self.request = request
        self.name = f"{host}:{port}"
        self._addresses = _resolve(host, port)
        self._turn = 0

    @classmethod
    def tcp(cls, address: str) -> "Target":
        host, _, port = address.rpartition(":")
        return cls(host, int(port))

    @classmethod
    def http(cls, url: str) -> "Target":
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        head = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: pixcrawler-supervisor\r\n"
        return cls(
            parts.hostname or "", parts.port or 80, f"{head}Accept: */*\r\nConnection: close\r\n\r\n".encode()
        )

    def next(self) -> Address | None:
        if not self._addresses:
            return None
        self._turn += 1
        return self._addresses[self._turn % len(self._addresses)]


class Attempt:
    def __init__(self, loop: Loop, target: Target, timeout_seconds: float, verdict: Verdict) -> None:
        self._loop, self._target, self._verdict = loop, target, verdict
        self._socket: socket.socket | None = None
        self._answer = b""
        self._timer = loop.after(
            timeout_seconds, lambda: self._end(f"{target.name} did not answer in {timeout_seconds:g} s")
        )
        address = target.next()
        if address is None:
            self._end(f"{target.name} cannot be resolved")
            return
        self._socket = socket.socket(address[0], socket.SOCK_STREAM)
        self._socket.setblocking(False)
        code = self._socket.connect_ex(address[1])
        if code in {0, errno.EINPROGRESS}:
            loop.watch(self._socket.fileno(), WRITE, self._connected)
        else:
            self._end(self._failure(code))

    def cancel(self) -> None:
        self._timer.cancel()
        if self._socket is not None:
            self._loop.forget(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _failure(self, code: int | None) -> str:
        return f"{self._target.name}: {errno.errorcode.get(code or 0, str(code))}"

    def _end(self, reason: str | None) -> None:
        self.cancel()
        self._verdict(reason)

    def _connected(self) -> None:
        assert self._socket is not None  # noqa: S101 - narrows the type
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if not code and self._socket.getsockname() == self._socket.getpeername():
            # Nobody listens; the kernel chose the probed port as our own and connected us to ourselves.
            # A reset, because TIME_WAIT would keep the port from the server that is about to open it.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            code = errno.ECONNREFUSED
        if code:
            self._end(self._failure(code))
        elif self._target.request:
            self._ask(self._socket)
        else:
            self._end(None)

    def _ask(self, connection: socket.socket) -> None:
        try:
            connection.send(self._target.request)
        except OSError as error:
            self._end(self._failure(error.errno))
        else:
            self._loop.watch(connection.fileno(), READ, self._readable)

    def _readable(self) -> None:
        assert self._socket is not None  # noqa: S101 - narrows the type
        try:
            data = self._socket.recv(4096)
        except BlockingIOError:
            return
        except OSError as error:
            self._end(self._failure(error.errno))
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


def _resolve(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [(family, address) for family, _, _, _, address in found]
