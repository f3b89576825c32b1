"""What the engine asks of an operating system: to start programs, tell of their end, and end all of them."""

import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from env.supervisor.configuration.environments import Environments
from env.supervisor.configuration.specification import Specification
from env.supervisor.processes.loop import Loop, Signals
from env.supervisor.processes.orphans import RUN_VARIABLE
from env.supervisor.processes.pipes import Inlet, Outlet

NAME_VARIABLE = "HONCHO_PROCESS_NAME"
# As of a shell.
CANNOT_EXECUTE, NOT_FOUND = 126, 127

OnExit = Callable[[int], None]


class Child(Protocol):
    @property
    def pid(self) -> int: ...
    def outlet(self, loop: Loop, take: Callable[[bytes], None], appetite: Callable[[], int]) -> Outlet: ...
    def inlet(self, loop: Loop) -> Inlet: ...


class Children(Protocol):
    folder: Path
    begin: float
    """When the run began, on the monotonic clock."""

    def spawn(self, specification: Specification, on_exit: OnExit) -> Child:
        """Raises OSError when the system refuses, ConfigurationError when its env files are not in order."""

    def run_quietly(self, argv: Sequence[str], specification: Specification, on_exit: OnExit) -> int:
        """In the environment that this process was started with: it is its healthcheck."""

    def reap(self) -> None:
        """Calls `on_exit` for every child that ended."""

    def forget(self, pid: int) -> None: ...

    def kin(self) -> dict[str, set[int]]:
        """Who belongs to which process; under "" those of whom nobody knows."""

    def everyone(self) -> set[int]: ...

    def tell(self, specification: Specification, pid: int) -> None:
        """The leader alone, by its stop signal."""

    def ask(self, pids: Collection[int]) -> None:
        """What a leader left behind, to end in order."""

    def kill(self, pids: Collection[int]) -> None: ...


# For the folder, environments, id and signals of a run; on leaving, nothing of it is left.
Begin = Callable[[Path, Environments, str, Signals], AbstractContextManager[Children]]


def begin_children(
    folder: Path, environments: Environments, run_id: str, signals: Signals
) -> AbstractContextManager[Children]:
    if sys.platform == "win32":
        from env.supervisor.windows.children import begin
    else:
        from env.supervisor.processes.posix import begin
    return begin(folder, environments, run_id, signals)


def environment_for(environments: Environments, specification: Specification, run_id: str) -> dict[str, str]:
    return {
        **environments.of(specification),
        NAME_VARIABLE: specification.name,
        RUN_VARIABLE: run_id,
    }
