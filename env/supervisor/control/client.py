"""Talks to the running supervisor of a checkout: what `invoke status`, `stop`, `restart` and `wait` call."""

import json
import socket
import time
from pathlib import Path
from typing import Any

from env.supervisor.hints import command, start_command
from env.supervisor.instance import read_lock, socket_path
from env.supervisor.problems import NotRunningError, Problem, RefusedError

POLL_SECONDS = 0.05
# The worker's grace and what the supervisor needs besides.
STOP_TIMEOUT_SECONDS = 60.0
_HAS_ENDED = {"failed", "stopped"}


def is_running(state_dir: Path) -> bool:
    try:
        connect(state_dir, 1.0).close()
    except NotRunningError:
        return False
    return True


class Presence:
    """Does the run go on? One connection is held for all questions: the supervisor is not woken for each."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._connection: socket.socket | None = None

    def __call__(self) -> bool:
        if self._connection and not _has_hung_up(self._connection):
            return True
        try:
            self._connection = connect(self._state_dir, 1.0)
        except NotRunningError:
            return False
        self._connection.setblocking(False)
        return True


def status(state_dir: Path, timeout_seconds: float = 5.0) -> dict[str, Any]:
    """pid, started_at, is_ready, is_stopping and, per process, what Process.snapshot says."""
    return _ask(state_dir, {"command": "status"}, timeout_seconds)


def readiness(state_dir: Path, timeout_seconds: float = 5.0) -> dict[str, Any]:
    """The part of the status that costs the supervisor nothing: for those who ask again and again."""
    return _ask(state_dir, {"command": "readiness"}, timeout_seconds)


def environment(state_dir: Path, name: str | None = None, timeout_seconds: float = 5.0) -> dict[str, str]:
    """What this process would be started with now; without a name with the env files of all."""
    request = {"command": "environment", **({"name": name} if name else {})}
    found: dict[str, str] = _ask(state_dir, request, timeout_seconds)["environment"]
    return found


def start(state_dir: Path, name: str) -> dict[str, Any]:
    return change(state_dir, "start", name)[0]


def restart(state_dir: Path, name: str, timeout_seconds: float = STOP_TIMEOUT_SECONDS) -> dict[str, Any]:
    """Returns when the new process has been started; it may not be ready yet."""
    return change(state_dir, "restart", name, timeout_seconds)[0]


def stop(
    state_dir: Path, name: str | None = None, timeout_seconds: float = STOP_TIMEOUT_SECONDS
) -> dict[str, Any]:
    """Returns when the process, or without a name the whole run, has ended and nothing of it is left."""
    if name is not None:
        return change(state_dir, "stop", name, timeout_seconds)[0]
    deadline = time.monotonic() + timeout_seconds
    with connect(state_dir, timeout_seconds) as connection:
        connection.sendall(b'{"command": "stop"}\n')
        reader = connection.makefile("rb")
        try:
            answer = decode(state_dir, reader.readline())
            reader.read()  # the supervisor hangs up at its very end
        except TimeoutError:
            raise RefusedError([_too_slow(state_dir, timeout_seconds)]) from None
    while read_lock(state_dir) and time.monotonic() < deadline:
        time.sleep(0.01)
    return answer


def change(
    state_dir: Path, what: str, name: str, timeout_seconds: float = STOP_TIMEOUT_SECONDS
) -> list[dict[str, Any]]:
    """`what` is start, stop or restart; the snapshot of the process, or of every copy of a scaled one."""
    answer = _ask(state_dir, {"command": what, "name": name}, timeout_seconds)
    processes: list[dict[str, Any]] = answer["processes"]
    return processes


def wait(state_dir: Path, timeout_seconds: float = 120.0) -> dict[str, Any]:
    """Returns the status as soon as everything is ready, also when the run begins only later.

    Raises RefusedError as soon as that can't come true by itself any more.
    """
    deadline = time.monotonic() + timeout_seconds
    was_running = False
    while True:
        try:
            answer = readiness(state_dir)
        except NotRunningError:
            if was_running:
                raise RefusedError([_ended(state_dir)]) from None
            if time.monotonic() >= deadline:
                raise
        else:
            was_running = True
            if answer["is_ready"]:
                return status(state_dir)
            _refuse_hopeless(state_dir, answer)
            if time.monotonic() >= deadline:
                raise RefusedError([_not_ready(state_dir, answer, timeout_seconds)])
        time.sleep(POLL_SECONDS)


def connect(state_dir: Path, timeout_seconds: float | None) -> socket.socket:
    """Raises NotRunningError."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout_seconds)
    try:
        connection.connect(str(socket_path(state_dir)))
    except OSError:
        connection.close()
        raise _not_running(state_dir) from None
    return connection


def decode(state_dir: Path, line: bytes) -> dict[str, Any]:
    """Raises RefusedError when the line is an error, or none at all."""
    if not line:
        hint = f"its last words: {command(state_dir, 'logs system')}"
        raise RefusedError([Problem("supervisor", "it ended before it answered", hint)])
    answer: dict[str, Any] = json.loads(line)
    if "error" in answer:
        raise RefusedError([Problem("supervisor", answer["error"], answer["hint"])])
    return answer


def _ask(state_dir: Path, request: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
    with connect(state_dir, timeout_seconds) as connection:
        try:
            connection.sendall(json.dumps(request).encode() + b"\n")
            return decode(state_dir, connection.makefile("rb").readline())
        except TimeoutError:
            raise RefusedError([_too_slow(state_dir, timeout_seconds)]) from None
        except OSError:
            raise _not_running(state_dir) from None


def _has_hung_up(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _refuse_hopeless(state_dir: Path, answer: dict[str, Any]) -> None:
    if answer["is_stopping"]:
        hint = f"its reason: {command(state_dir, 'logs system')}"
        raise RefusedError([Problem(str(state_dir), "the run is being stopped", hint)])
    for process in answer["processes"]:
        if process["state"] in _HAS_ENDED:
            raise RefusedError([_down(state_dir, process)])


def _down(state_dir: Path, process: dict[str, Any]) -> Problem:
    name, code = process["name"], process["exit_code"]
    what = f"{process['state']}, so the run can't become ready"
    if code:
        what = f"{process['state']} with exit code {code}, so the run can't become ready"
    hint = f"look at {command(state_dir, f'logs {name}')}, then {command(state_dir, f'restart {name}')}"
    return Problem(name, what, hint)


def _ended(state_dir: Path) -> Problem:
    hint = f"its reason: {command(state_dir, 'logs system')}"
    return Problem(str(state_dir), "the run ended before it was ready", hint)


def _not_running(state_dir: Path) -> NotRunningError:
    hint = f"start it with {start_command(state_dir)}"
    return NotRunningError([Problem(str(state_dir), "no supervisor runs here", hint)])


def _too_slow(state_dir: Path, timeout_seconds: float) -> Problem:
    pid = (read_lock(state_dir) or {}).get("pid", "?")
    what = f"the supervisor (pid {pid}) did not finish within {timeout_seconds:g} s"
    hint = f"look at {command(state_dir, 'status')}; a second {command(state_dir, 'stop')} may wait longer"
    return Problem(str(state_dir), what, hint)


def _not_ready(state_dir: Path, answer: dict[str, Any], timeout_seconds: float) -> Problem:
    late = [p["name"] for p in answer["processes"] if not p["is_ready"]]
    what = f"not ready after {timeout_seconds:g} s: {', '.join(late)}"
    logs = command(state_dir, f"logs {late[0] if late else 'system'}")
    return Problem("supervisor", what, f"look at {logs}")
