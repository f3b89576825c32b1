"""Real, short-lived clusters for tests."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from env.services.places import LOOPBACK, ROOT, ServiceError, free_port
from env.services.postgres.cluster import BOOTSTRAP, PASSWORD

_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_ATTEMPTS = 3


@contextlib.contextmanager
def temporary_cluster(path: Path, bootstrap: Path = BOOTSTRAP) -> Iterator[str]:
    """Start PostgreSQL with its data in `path`, yield the superuser's DSN, stop it. Nothing is fsynced."""
    server, port = _start(path, bootstrap)
    try:
        yield f"postgresql://postgres:{PASSWORD}@{LOOPBACK}:{port}/postgres"
    finally:
        _stop(server)


def create_database(dsn: str, name: str, template: str = "postgres") -> str:
    """Make a fresh copy of the template, replacing a database of that name; return its DSN.

    Nobody may be connected to the template meanwhile; `postgres` is the one that holds the bootstrap.
    """
    import psycopg  # a quarter of a second that the service itself, starting through this package, can spare
    from psycopg import sql

    server = dsn.rpartition("/")[0]
    elsewhere = "template1" if template == "postgres" else "postgres"
    with psycopg.connect(f"{server}/{elsewhere}", autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("create database {} template {} strategy wal_log").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    return f"{server}/{name}"


def _start(path: Path, bootstrap: Path) -> tuple[subprocess.Popen[bytes], int]:
    log = path.with_name(f"{path.name}.log")
    for _ in range(_ATTEMPTS):
        port = free_port()
        command = [sys.executable, "-m", "env.services.postgres", "--throw-away"]
        command += ["--directory", str(path), "--port", str(port), "--bootstrap", str(bootstrap)]
        with log.open("wb") as output:
            server = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        if _is_ready(server, path, port):
            return server, port
        _stop(server)
        told = log.read_text(errors="replace")
        # The free port may be taken between asking for it and listening on it; nothing else is worth a retry.
        if "could not create any TCP/IP sockets" not in told:
            break
    raise ServiceError(f"PostgreSQL did not start:\n{told[-2000:]}")


def _is_ready(server: subprocess.Popen[bytes], path: Path, port: int) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        if _status(path / "postmaster.pid", port) == "ready":
            return True
        time.sleep(0.02)
    return False


def _status(lock: Path, port: int) -> str:
    """The last of the eight lines that the server keeps in its pid file for pg_ctl."""
    try:
        lines = lock.read_text().splitlines()
    except OSError:
        return ""
    return lines[7].strip() if len(lines) > 7 and lines[3] == str(port) else ""


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.send_signal(signal.SIGINT)
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait()
