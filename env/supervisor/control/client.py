"""Talks to the running supervisor of a checkout: what `invoke status`, `stop`, `restart` and `wait` call."""

import json
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from env.supervisor.hints import command, start_command
from env.supervisor.instance import read_lock, socket_path
from env.supervisor.problems import NotRunningError, Problem, RefusedError, SilentError, SupervisorError

# The worker's grace and what the supervisor needs besides.
STOP_TIMEOUT_SECONDS = 60.0
_POLL_SECONDS = 0.01


def is_running(state_dir: Path) -> bool:
    try:
        connect(state_dir, 1.0).close()
    except NotRunningError:
        return False
    except SilentError:
        return True
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
    with converse(state_dir, {"command": "stop"}, timeout_seconds) as (connection, reader, answer):
        connection.settimeout(timeout_seconds)
        try:
            reader.read()  # the supervisor hangs up at its very end
        except TimeoutError:
            raise _silent(state_dir, timeout_seconds) from None
        except ConnectionError:  # it was killed: that is an end too
            pass
    while read_lock(state_dir) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return answer


def change(
    state_dir: Path, what: str, name: str, timeout_seconds: float = STOP_TIMEOUT_SECONDS
) -> list[dict[str, Any]]:
    """`what` is start, stop or restart; the snapshot of the process, or of every copy of a scaled one."""
    answer = _ask(state_dir, {"command": what, "name": name}, timeout_seconds)
    processes: list[dict[str, Any]] = answer["processes"]
    return processes


def connect(state_dir: Path, timeout_seconds: float) -> socket.socket:
    """Raises NotRunningError, or SilentError when it is there but takes nobody in."""
    if sys.platform == "win32":
        return _through_pipe(state_dir, timeout_seconds)
    deadline = time.monotonic() + timeout_seconds
    while True:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(timeout_seconds)
        try:
            connection.connect(str(socket_path(state_dir)))
        except BlockingIOError:  # so many wait already: where there is a time-out the kernel does not
            connection.close()
        except OSError as error:
            connection.close()
            raise _unreachable(state_dir, error) from None
        else:
            return connection
        if time.monotonic() >= deadline:
            raise _silent(state_dir, timeout_seconds)
        time.sleep(_POLL_SECONDS)


@contextmanager
def converse(
    state_dir: Path, request: dict[str, Any], timeout_seconds: float
) -> Iterator[tuple[socket.socket, IO[bytes], dict[str, Any]]]:
    """The connection, a reader of its lines, and what the supervisor said to `request`."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        with connect(state_dir, timeout_seconds) as connection:
            reader = connection.makefile("rb")
            try:
                connection.sendall(json.dumps(request).encode() + b"\n")
                line = reader.readline()
            except TimeoutError:
                raise _silent(state_dir, timeout_seconds) from None
            except ConnectionError:  # it let us go before we had asked, in favour of others; or it has died
                if time.monotonic() >= deadline:
                    raise _silent(state_dir, timeout_seconds) from None
                time.sleep(_POLL_SECONDS)
                continue
            yield connection, reader, decode(state_dir, line)
            return


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
    with converse(state_dir, request, timeout_seconds) as (_connection, _reader, answer):
        return answer


def _through_pipe(state_dir: Path, timeout_seconds: float) -> socket.socket:
    from env.supervisor.windows.pipe import connect_pipe, pipe_name

    path = socket_path(state_dir)
    try:
        connection = connect_pipe(pipe_name(path), path)
    except OSError as error:
        raise _unreachable(state_dir, error) from None
    connection.settimeout(timeout_seconds)
    return connection


def _unreachable(state_dir: Path, error: OSError) -> SupervisorError:
    if isinstance(error, PermissionError):
        hint = "ask it as the user whose stack it is"
        return RefusedError([Problem(str(state_dir), "this supervisor is another user's", hint)])
    hint = f"start it with {start_command(state_dir)}"
    return NotRunningError([Problem(str(state_dir), "no supervisor runs here", hint)])


def _silent(state_dir: Path, timeout_seconds: float) -> SilentError:
    pid = (read_lock(state_dir) or {}).get("pid", "?")
    what = f"the supervisor (pid {pid}) did not finish within {timeout_seconds:g} s"
    hint = f"try again; when it was paused, this wakes it: `kill -CONT {pid}`"
    return SilentError([Problem(str(state_dir), what, hint)])
