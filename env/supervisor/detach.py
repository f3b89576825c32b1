"""Leaves a run in the background and returns when it is ready."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from env.supervisor.control import client
from env.supervisor.lifecycle.states import State
from env.supervisor.output.logfiles import log_path
from env.supervisor.output.output import SYSTEM
from env.supervisor.problems import NotRunningError, SilentError
from env.supervisor.processes.early import STOP_SIGNALS, release_stop_signals

POLL_SECONDS = 0.05


def detached(state_dir: Path, begin: Callable[[], int]) -> int:
    """Runs `begin` in a session of its own; 0 when everything is ready, else the code of what failed.

    A process that failed alone leaves the others running, in the background. What is said meanwhile is in the
    log files; where something failed it is printed here.
    """
    sys.stdout.flush()
    errors = log_path(state_dir / "logs", "errors")
    errors.parent.mkdir(parents=True, exist_ok=True)
    system = log_path(state_dir / "logs", SYSTEM)
    seen = system.stat().st_size if system.exists() else 0
    pid = os.fork()
    if pid == 0:
        _begin(errors, begin)
    for number in STOP_SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, signal.default_int_handler)
    try:
        release_stop_signals()
        code = _await_ready(state_dir, pid)
    except KeyboardInterrupt:  # or another stop: its session is another, and only we were told
        os.kill(pid, signal.SIGINT)
        code = _code(os.waitpid(pid, 0)[1])
    if code:
        _tell(errors, 0)
        _tell(system, seen)
    return code


def _begin(errors: Path, begin: Callable[[], int]) -> None:
    code = 1
    try:
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0)
        os.dup2(nowhere, 1)
        os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 2)
        code = begin()
    except BaseException:  # noqa: BLE001 - the edge of a process: nobody above could print it
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _await_ready(state_dir: Path, pid: int) -> int:
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return _code(status)
        try:
            answer = client.readiness(state_dir)
        except (NotRunningError, SilentError):
            pass
        else:
            failed = [process for process in answer["processes"] if process["state"] == State.FAILED]
            if answer["pid"] == pid and (answer["is_ready"] or failed):
                return max((process["exit_code"] or 1 for process in failed), default=0)
        time.sleep(POLL_SECONDS)


def _code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _tell(path: Path, offset: int) -> None:
    if path.exists():
        with path.open("rb") as file:
            file.seek(offset)
            print(file.read().decode(errors="replace"), end="", file=sys.stderr)
