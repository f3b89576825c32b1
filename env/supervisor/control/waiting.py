"""For those who ask a running supervisor again and again: is it ready, is it still there?"""

import socket
import time
from pathlib import Path
from typing import Any

from env.supervisor.control.client import connect, readiness, status
from env.supervisor.hints import command
from env.supervisor.problems import NotRunningError, Problem, RefusedError, SilentError

POLL_SECONDS = 0.05
_HAS_ENDED = {"failed", "stopped"}


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
        except SilentError:
            return True
        self._connection.setblocking(False)
        return True


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
        except SilentError:
            was_running = True
            if time.monotonic() >= deadline:
                raise
        else:
            was_running = True
            # The run is ready once and for all; a process may be on its way again.
            if answer["is_ready"] and all(process["is_ready"] for process in answer["processes"]):
                return status(state_dir)
            _refuse_hopeless(state_dir, answer)
            if time.monotonic() >= deadline:
                raise RefusedError([_not_ready(state_dir, answer, timeout_seconds)])
        time.sleep(POLL_SECONDS)


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


def _not_ready(state_dir: Path, answer: dict[str, Any], timeout_seconds: float) -> Problem:
    late = [p["name"] for p in answer["processes"] if not p["is_ready"]]
    what = f"not ready after {timeout_seconds:g} s: {', '.join(late)}"
    logs = command(state_dir, f"logs {late[0] if late else 'system'}")
    return Problem("supervisor", what, f"look at {logs}")


def _has_hung_up(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1)
    except BlockingIOError:
        return False
    except OSError:
        return True
