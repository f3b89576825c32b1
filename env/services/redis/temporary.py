"""Real, short-lived Redis servers for tests."""

import contextlib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from env.services.places import LOOPBACK, ServiceError, free_port
from env.services.redis.server import server_command

_START_SECONDS = 20.0
_STOP_SECONDS = 10.0
_ATTEMPTS = 3


@contextlib.contextmanager
def temporary_redis() -> Iterator[str]:
    """Start an empty Redis that keeps nothing on disk, yield its URL without a database number, stop it."""
    with tempfile.TemporaryDirectory(prefix="redis-") as directory:
        server, port = _start(Path(directory))
        try:
            yield f"redis://{LOOPBACK}:{port}"
        finally:
            server.terminate()
            try:
                server.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _start(directory: Path) -> tuple[subprocess.Popen[bytes], int]:
    # The free port may be taken between asking for it and listening on it.
    for _ in range(_ATTEMPTS):
        port = free_port()
        server = subprocess.Popen(
            server_command(directory, port, durable=False),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if _answers(server, port):
            return server, port
        server.kill()
        server.wait()
    raise ServiceError("redis-server did not start")


def _answers(server: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), 1) as connection:
            connection.sendall(b"PING\r\n")
            if connection.recv(16).startswith(b"+PONG"):
                # Another server may have taken the port: then ours ends with an error.
                return server.poll() is None
        time.sleep(0.02)
    return False
