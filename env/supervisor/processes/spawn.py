"""Starts a program as the leader of a session of its own.

What subprocess does, without its import and without waiting until the program is loaded: several load at
once. In return a failure is told by the child itself, on its standard error and with its exit code.
"""

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from env.supervisor.processes.children import CANNOT_EXECUTE, NOT_FOUND
from env.supervisor.processes.early import STOP_SIGNALS, hold_stop_signals, release_stop_signals

if sys.platform == "win32":
    raise ImportError("there is neither fork nor waitpid")

# Python ignores these for itself; programs expect them to work.
_RESTORED = ("SIGPIPE", "SIGXFSZ")


def spawn(
    argv: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    stdin: int,
    output: int,
    prepare: Callable[[], None] | None = None,
) -> int:
    """The pid. `output` is for standard output and error. Raises OSError when the system refuses."""
    # A signal that the new process gets before it has our handlers off would be taken for ours and lost.
    hold_stop_signals()
    try:
        if pid := os.fork():
            return pid
        _become(argv, folder, environment, (stdin, output, output), prepare)
    finally:
        release_stop_signals()


def _become(
    argv: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    streams: Sequence[int],
    prepare: Callable[[], None] | None,
) -> NoReturn:
    code = CANNOT_EXECUTE
    try:
        signal.set_wakeup_fd(-1)
        for number in (*STOP_SIGNALS, *(getattr(signal, name) for name in _RESTORED)):
            if number in STOP_SIGNALS and signal.getsignal(number) == signal.SIG_IGN:
                continue  # by nohup
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        if prepare:
            prepare()
        for target, fd in enumerate(streams):
            os.dup2(fd, target)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.chdir(folder)
        release_stop_signals()
        os.execvpe(argv[0], list(argv), environment)  # noqa: S606 - the shell, where there is one, is in argv
    except BaseException as error:  # noqa: BLE001 - two of us must not go on
        code = NOT_FOUND if isinstance(error, FileNotFoundError) else CANNOT_EXECUTE
        os.write(2, f"{argv[0]}: {error}\n".encode())
    finally:
        os._exit(code)
