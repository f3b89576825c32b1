"""A run in the background: a copy of ourselves in a session of its own."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

if sys.platform == "win32":
    raise ImportError("there is no fork")


class Fork:
    def __init__(self, errors: Path, begin: Callable[[], int]) -> None:
        self._pid = os.fork()
        if self._pid == 0:
            _begin(errors, begin)

    def code(self) -> int | None:
        ended, status = os.waitpid(self._pid, os.WNOHANG)
        return _code(status) if ended else None

    def is_it(self, answer: dict[str, Any]) -> bool:
        return bool(answer["pid"] == self._pid)

    def interrupt(self, _state_dir: Path) -> int:
        os.kill(self._pid, signal.SIGINT)
        return _code(os.waitpid(self._pid, 0)[1])


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


def _code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code
