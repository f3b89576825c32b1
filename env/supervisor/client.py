"""Talks to the running supervisor of a checkout: what `invoke status`, `stop`, `restart` and `wait` call."""

import json
import socket
import time
from pathlib import Path
from typing import Any

from env.supervisor.instance import read_lock, socket_path
from env.supervisor.problems import NotRunningError, Problem, RefusedError

POLL_SECONDS = 0.05
# The worker's grace and what the supervisor needs besides.
STOP_TIMEOUT_SECONDS = 60.0


def is_running(state_dir: Path) -> bool:
    try:
        _connect(state_dir, 1.0).close()
    except NotRunningError:
        return False
    return True


def status(state_dir: Path, timeout_seconds: float = 5.0) -> dict[str, Any]:
    """pid, started_at, is_ready, is_stopping and, per process, what Process.snapshot says."""
    return _ask(state_dir, {"command": "status"}, timeout_seconds)


def start(state_dir: Path, name: str) -> dict[str, Any]:
    return _change(state_dir, "start", name, 5.0)


def restart(state_dir: Path, name: str, timeout_seconds: float = STOP_TIMEOUT_SECONDS) -> dict[str, Any]:
    """Returns when the new process has been started; it may not be ready yet."""
    return _change(state_dir, "restart", name, timeout_seconds)


def stop(
    state_dir: Path, name: str | None = None, timeout_seconds: float = STOP_TIMEOUT_SECONDS
) -> dict[str, Any]:
    """Returns when the process, or without a name the whole run, has ended and nothing of it is left."""
    if name is not None:
        return _change(state_dir, "stop", name, timeout_seconds)
    deadline = time.monotonic() + timeout_seconds
    with _connect(state_dir, timeout_seconds) as connection:
        connection.sendall(b'{"command": "stop"}\n')
        reader = connection.makefile("rb")
        try:
            answer = _decode(reader.readline())
            reader.read()  # the supervisor hangs up at its very end
        except TimeoutError:
            raise RefusedError([_too_slow(state_dir, timeout_seconds)]) from None
    while read_lock(state_dir) and time.monotonic() < deadline:
        time.sleep(0.01)
    return answer


def wait(state_dir: Path, timeout_seconds: float = 120.0) -> dict[str, Any]:
    """Returns the status as soon as everything is ready, also when the run begins only later."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            answer = status(state_dir)
        except NotRunningError:
            if time.monotonic() >= deadline:
                raise
        else:
            if answer["is_ready"]:
                return answer
            if answer["is_stopping"]:
                hint = "its reason is in `invoke logs system`"
                raise RefusedError([Problem(str(state_dir), "the run is being stopped", hint)])
            if time.monotonic() >= deadline:
                raise RefusedError([_not_ready(answer, timeout_seconds)])
        time.sleep(POLL_SECONDS)


def _change(state_dir: Path, command: str, name: str, timeout_seconds: float) -> dict[str, Any]:
    answer: dict[str, Any] = _ask(state_dir, {"command": command, "name": name}, timeout_seconds)["process"]
    return answer


def _ask(state_dir: Path, request: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
    with _connect(state_dir, timeout_seconds) as connection:
        try:
            connection.sendall(json.dumps(request).encode() + b"\n")
            return _decode(connection.makefile("rb").readline())
        except TimeoutError:
            raise RefusedError([_too_slow(state_dir, timeout_seconds)]) from None
        except OSError:
            raise _not_running(state_dir) from None


def _connect(state_dir: Path, timeout_seconds: float) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout_seconds)
    try:
        connection.connect(str(socket_path(state_dir)))
    except OSError:
        connection.close()
        raise _not_running(state_dir) from None
    return connection


def _decode(line: bytes) -> dict[str, Any]:
    if not line:
        raise RefusedError(
            [Problem("supervisor", "it ended before it answered", "start it with `invoke dev`")]
        )
    answer: dict[str, Any] = json.loads(line)
    if "error" in answer:
        raise RefusedError([Problem("supervisor", answer["error"], answer["hint"])])
    return answer


def _not_running(state_dir: Path) -> NotRunningError:
    return NotRunningError([Problem(str(state_dir), "no supervisor runs here", "start it with `invoke dev`")])


def _too_slow(state_dir: Path, timeout_seconds: float) -> Problem:
    pid = (read_lock(state_dir) or {}).get("pid", "?")
    what = f"the supervisor (pid {pid}) did not finish within {timeout_seconds:g} s"
    return Problem(str(state_dir), what, "look at `invoke status`; a second `invoke stop` may wait longer")


def _not_ready(answer: dict[str, Any], timeout_seconds: float) -> Problem:
    late = [p["name"] for p in answer["processes"] if not p["is_ready"]]
    what = f"not ready after {timeout_seconds:g} s: {', '.join(late)}"
    return Problem("supervisor", what, f"look at `invoke logs {late[0] if late else 'system'}`")
