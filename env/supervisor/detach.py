"""Leaves a run in the background and returns when it is ready."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from env.supervisor.control import client
from env.supervisor.lifecycle.states import State
from env.supervisor.output.logfiles import log_path
from env.supervisor.output.output import SYSTEM
from env.supervisor.problems import NotRunningError, SilentError
from env.supervisor.processes.early import STOP_SIGNALS, release_stop_signals

POLL_SECONDS = 0.05


class Background(Protocol):
    def code(self) -> int | None:
        """None while it goes on."""

    def is_it(self, answer: dict[str, Any]) -> bool:
        """Has this run answered, or one before it?"""

    def interrupt(self, state_dir: Path) -> int:
        """Ends it; its code."""


def detached(state_dir: Path, begin: Callable[[], int]) -> int:
    """Runs `begin` in a session of its own; 0 when everything is ready, else the code of what failed.

    A process that failed alone leaves the others running, in the background. What is said meanwhile is in the
    log files; where something failed it is printed here.
    """
    if sys.platform == "win32":
        from env.supervisor.windows.relaunch import Relaunch, is_relaunched

        if is_relaunched():
            return begin()
        return follow(state_dir, Relaunch)
    from env.supervisor.processes.fork import Fork

    return follow(state_dir, lambda errors: Fork(errors, begin))


def follow(state_dir: Path, launch: Callable[[Path], Background]) -> int:
    """`launch` gets the file for what is said on standard error."""
    sys.stdout.flush()
    errors = log_path(state_dir / "logs", "errors")
    errors.parent.mkdir(parents=True, exist_ok=True)
    system = log_path(state_dir / "logs", SYSTEM)
    seen = system.stat().st_size if system.exists() else 0
    run = launch(errors)
    for number in STOP_SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, signal.default_int_handler)
    try:
        release_stop_signals()
        code = _await_ready(state_dir, run)
    except KeyboardInterrupt:  # or another stop: its session is another, and only we were told
        code = run.interrupt(state_dir)
    if code:
        _tell(errors, 0)
        _tell(system, seen)
    return code


def _await_ready(state_dir: Path, run: Background) -> int:
    while True:
        code = run.code()
        if code is not None:
            return code
        try:
            answer = client.readiness(state_dir)
        except (NotRunningError, SilentError):
            pass
        else:
            failed = [process for process in answer["processes"] if process["state"] == State.FAILED]
            if run.is_it(answer) and (answer["is_ready"] or failed):
                return max((process["exit_code"] or 1 for process in failed), default=0)
        time.sleep(POLL_SECONDS)


def _tell(path: Path, offset: int) -> None:
    if path.exists():
        with path.open("rb") as file:
            file.seek(offset)
            print(file.read().decode(errors="replace"), end="", file=sys.stderr)
