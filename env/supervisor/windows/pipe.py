"""The control over a named pipe, whose ends a loop cannot wait for: threads carry it to sockets and back.

Who knows the token of the state folder is let in. Chunks are messages; an empty one says good-bye.
"""

import os
import secrets
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener, answer_challenge, deliver_challenge
from pathlib import Path
from typing import Protocol

from env.supervisor.windows.relays import CHUNK_BYTES, relay, start

PAUSE_SECONDS = GOODBYE_SECONDS = 1.0


def pipe_name(path: Path) -> str:
    """For what would be the socket's path."""
    import hashlib

    digest = hashlib.sha256(os.fsencode(os.path.normcase(path.parent.resolve()))).hexdigest()[:16]
    return rf"\\.\pipe\pixcrawler-{digest}"


def token_path(path: Path) -> Path:
    return path.with_suffix(".token")


class PipeGate:
    def __init__(self, address: str, path: Path) -> None:
        """Raises OSError when the address is another's."""
        self._address, self._token = address, secrets.token_bytes(32)
        self._token_path = token_path(path)
        _write_secret(self._token_path, self._token)
        # Without the token here: whoever comes and says nothing would keep all others waiting.
        self._listener = Listener(address)
        self._arrived: deque[socket.socket] = deque()
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)
        self._is_closed = False
        self._thread = start(self._listen)

    def fileno(self) -> int:
        return self._bell.fileno()

    def accept(self) -> socket.socket:
        self._bell.recv(1)
        return self._arrived.popleft()

    def close(self) -> None:
        self._is_closed = True
        with suppress(OSError, EOFError):
            Client(self._address).close()  # so that `accept` returns
        self._thread.join(GOODBYE_SECONDS)
        self._token_path.unlink(missing_ok=True)
        self._bell.close()
        self._ringer.close()

    def _listen(self) -> None:
        while not self._is_closed:
            try:
                connection = self._listener.accept()
            except OSError:
                time.sleep(PAUSE_SECONDS)
            else:
                start(self._admit, connection)
        self._listener.close()

    def _admit(self, connection: "Connection[bytes, bytes]") -> None:
        try:
            deliver_challenge(connection, self._token)
            answer_challenge(connection, self._token)
        except (AuthenticationError, OSError, EOFError):
            connection.close()
            return
        self._arrived.append(bridge(connection))
        with suppress(OSError):  # closed meanwhile
            self._ringer.send(b"\0")


def connect_pipe(address: str, path: Path) -> socket.socket:
    """Raises OSError when nobody is there, PermissionError when it is another's."""
    try:
        return bridge(Client(address, authkey=token_path(path).read_bytes()))
    except AuthenticationError as error:
        raise PermissionError(*error.args) from None
    except EOFError:
        raise ConnectionRefusedError from None


class Wire(Protocol):
    """A connection of multiprocessing, whatever it goes over."""

    def send_bytes(self, data: bytes, /) -> None: ...
    def recv_bytes(self) -> bytes: ...
    def close(self) -> None: ...


def bridge(connection: Wire) -> socket.socket:
    """What is sent to the socket goes through the connection, and the other way round."""
    ours, its = socket.socketpair()
    inward = start(relay, connection.recv_bytes, its.sendall, lambda: its.shutdown(socket.SHUT_WR))
    start(
        relay,
        lambda: its.recv(CHUNK_BYTES),
        connection.send_bytes,
        lambda: _say_goodbye(connection, inward, its),
    )
    return ours


def _say_goodbye(connection: Wire, inward: threading.Thread, its: socket.socket) -> None:
    with suppress(OSError):
        connection.send_bytes(b"")
    inward.join(GOODBYE_SECONDS)
    connection.close()
    its.close()


def _write_secret(path: Path, secret: bytes) -> None:
    path.unlink(missing_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(secret)
