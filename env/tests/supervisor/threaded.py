"""A supervisor with the threaded children of Windows, on POSIX: `python -m` this, then FOLDER.

All is as it is there, except for what only its kernel can do: a session is the Job Object.
"""

import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from env.supervisor.configuration.environments import Environments
from env.supervisor.configuration.specification import Specification
from env.supervisor.processes.loop import Signals
from env.supervisor.processes.shell import shell_argv
from env.supervisor.processes.tree import Tree, kill, send
from env.supervisor.run import run
from env.supervisor.windows.children import ThreadedChildren


class Session:
    def __init__(self, pid: int) -> None:
        self._pid = pid

    def pids(self) -> set[int]:
        return Tree.now().sessions().get(self._pid, set())

    def kill(self) -> None:
        kill(self.pids())

    def close(self) -> None:
        self.kill()


class Sessions:
    options: Mapping[str, Any] = {"start_new_session": True}

    def shell(self, command: str) -> Sequence[str]:
        return shell_argv(command)

    def hold(self, pid: int) -> Session:
        return Session(pid)

    def tell(self, specification: Specification, pid: int) -> None:
        """As a Ctrl-Break: the whole group."""
        send(specification.settings.stop_signal, Session(pid).pids())


@contextmanager
def begin(
    folder: Path, environments: Environments, run_id: str, signals: Signals
) -> Iterator[ThreadedChildren]:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # so that nothing but the threads tells of an end
    yield ThreadedChildren(folder, environments, run_id, signals.wake, Sessions())


if __name__ == "__main__":
    place = Path(sys.argv[1])
    os.environ["PYTHONUNBUFFERED"] = "1"
    sys.exit(run(place / "Procfile", place / "manifest.toml", state_dir=place / ".dev", begin=begin))
