"""Starts programs, learns of their end by `waitpid`, and knows what they left behind."""

import os
import signal
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from env.supervisor.configuration.environments import Environments
from env.supervisor.configuration.specification import Specification
from env.supervisor.processes.guard import Guard
from env.supervisor.processes.orphans import RUN_VARIABLE
from env.supervisor.processes.platform import IS_LINUX, dies_with_parent
from env.supervisor.processes.shell import shell_argv
from env.supervisor.processes.spawn import spawn
from env.supervisor.processes.tree import Tree, environment_of

NAME_VARIABLE = "HONCHO_PROCESS_NAME"

OnExit = Callable[[int], None]


class Child(NamedTuple):
    pid: int
    output: int
    input: int
    """-1 unless its `stdin_open` is set. Neither descriptor blocks."""


class Children:
    def __init__(
        self, folder: Path, environments: Environments, run_id: str, guard: Guard, foreign: Collection[int]
    ) -> None:
        """`foreign`: children that the host program had before us are none of our business."""
        self.folder, self._environments, self._guard = folder, environments, guard
        self._run_id = run_id
        self._foreign = {*foreign, guard.pid}
        self._exits: dict[int, OnExit] = {}
        self._sessions: dict[int, str] = {}
        self._given: dict[str, dict[str, str]] = {}
        self.begin = time.monotonic()

    def spawn(self, specification: Specification, on_exit: OnExit) -> Child:
        """Raises OSError when the system refuses, ConfigurationError when its env files are not in order."""
        settings = specification.settings
        self._given[specification.name] = self._environment(specification)
        output, its_output = os.pipe()
        its_input, input_ = os.pipe() if settings.stdin_open else (os.open(os.devnull, os.O_RDONLY), -1)
        try:
            pid = self._spawn(
                shell_argv(specification.command), specification, its_input, its_output, settings.stop_signal
            )
        except BaseException:
            _close(output, input_)
            raise
        finally:
            _close(its_input, its_output)
        self._exits[pid] = on_exit
        for fd in (output, input_):
            if fd >= 0:
                os.set_blocking(fd, False)
        self._sessions[pid] = specification.name
        self._guard.note(pid, settings.stop_signal, settings.stop_grace_seconds)
        return Child(pid, output, input_)

    def run_quietly(self, argv: Sequence[str], specification: Specification, on_exit: OnExit) -> int:
        """In the environment that this process was started with: it is its healthcheck."""
        nowhere = os.open(os.devnull, os.O_RDWR)
        try:
            pid = self._spawn(argv, specification, nowhere, nowhere, signal.SIGKILL)
        finally:
            _close(nowhere)
        self._exits[pid] = on_exit
        return pid

    def forget(self, pid: int) -> None:
        self._sessions.pop(pid, None)
        self._exits.pop(pid, None)

    def reap(self) -> None:
        """Every child that ended, adopted orphans included."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if on_exit := self._exits.pop(pid, None):
                code = os.waitstatus_to_exitcode(status)
                on_exit(code if code >= 0 else 128 - code)

    def kin(self, tree: Tree) -> dict[str, set[int]]:
        """Who belongs to which process; under "" those of whom nobody knows."""
        sessions = tree.sessions()
        found: dict[str, set[int]] = {}
        for session, name in self._sessions.items():
            found.setdefault(name, set()).update(sessions.get(session, ()), tree.family(session))
        known = set().union(*found.values()) if found else set()
        for orphan in self._own(tree) - known - self._exits.keys():
            environment = environment_of(orphan)
            name = environment.get(NAME_VARIABLE, "") if environment.get(RUN_VARIABLE) == self._run_id else ""
            found.setdefault(name, set()).update(tree.family(orphan))
        return found

    def everyone(self, tree: Tree) -> set[int]:
        found = tree.descendants(os.getpid())
        for pid in self._foreign:
            found -= tree.family(pid)
        return found.union(*self.kin(tree).values())

    def _own(self, tree: Tree) -> set[int]:
        return set(tree.children(os.getpid())) - self._foreign

    def _spawn(
        self,
        argv: Sequence[str],
        specification: Specification,
        stdin: int,
        output: int,
        last_signal: signal.Signals,
    ) -> int:
        environment = self._given[specification.name]
        return spawn(argv, self.folder, environment, stdin, output, dies_with_parent(last_signal))

    def _environment(self, specification: Specification) -> dict[str, str]:
        return {
            **self._environments.of(specification),
            NAME_VARIABLE: specification.name,
            RUN_VARIABLE: self._run_id,
        }


def children_so_far() -> set[int]:
    """Of this very process. One call tells that there are none, which is as good as always."""
    if IS_LINUX:
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return set()
    return set(Tree.now().children(os.getpid()))


def _close(*fds: int) -> None:
    for fd in fds:
        if fd >= 0:
            os.close(fd)
