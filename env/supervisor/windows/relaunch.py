"""A run in the background where nobody can fork: the same command once more, in a hidden console of its own.

Without a console its children could not be told to end.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from env.supervisor.control import client
from env.supervisor.problems import SupervisorError

_MARK = "PIXCRAWLER_RELAUNCHED"
_FLAGS = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


def is_relaunched() -> bool:
    """Only once: its children are not."""
    return os.environ.pop(_MARK, None) is not None


class Relaunch:
    def __init__(self, errors: Path) -> None:
        self._begin = time.time()
        with errors.open("wb") as file:
            self._process = subprocess.Popen(
                [sys.executable, *sys.orig_argv[1:]],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=file,
                env={**os.environ, _MARK: "1"},
                creationflags=_FLAGS,
                start_new_session=True,
            )

    def code(self) -> int | None:
        return self._process.poll()

    def is_it(self, answer: dict[str, Any]) -> bool:
        """Not by its pid: the Python of a virtual environment is a launcher of another."""
        return bool(answer["started_at"] >= self._begin)

    def interrupt(self, state_dir: Path) -> int:
        """No Ctrl-Break reaches another console."""
        try:
            client.stop(state_dir)
        except SupervisorError:
            self._process.kill()
        return self._process.wait() or 130
