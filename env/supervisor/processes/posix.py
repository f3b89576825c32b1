"""Starts programs, learns of their end by `waitpid`, and knows what they left behind."""

import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from env.supervisor.configuration.environments import Environments
from env.supervisor.configuration.specification import Specification
from env.supervisor.processes.children import NAME_VARIABLE, OnExit, environment_for
from env.supervisor.processes.guard import Guard
from env.supervisor.processes.loop import Loop, Signals
from env.supervisor.processes.orphans import RUN_VARIABLE
from env.supervisor.processes.pipes import Inlet, Outlet
from env.supervisor.processes.platform import IS_LINUX, become_subreaper, dies_with_parent
from env.supervisor.processes.shell import shell_argv
from env.supervisor.processes.spawn import spawn
from env.supervisor.processes.tree import Tree, ask, environment_of, kill, marked, send

if sys.platform == "win32":
    raise ImportError("there is neither fork nor waitpid")


@contextmanager
def begin(
    folder: Path, environments: Environments, run_id: str, _signals: Signals
) -> Iterator["PosixChildren"]:
    foreign = children_so_far()
    with Guard(run_id) as guard:
        become_subreaper()
        yield PosixChildren(folder, environments, run_id, guard, foreign)


class PosixChild(NamedTuple):
    pid: int
    output: int
    input: int
    """-1 unless its `stdin_open` is set. Neither descriptor blocks."""

    def outlet(self, loop: Loop, take: Callable[[bytes], None], appetite: Callable[[], int]) -> Outlet:
        return Outlet(loop, self.output, take, appetite)

    def inlet(self, loop: Loop) -> Inlet:
        return Inlet(loop, self.input)


class PosixChildren:
    def __init__(
        self, folder: Path, environments: Environments, run_id: str, guard: Guard, foreign: Collection[int]
    ) -> None:
        """`foreign`: children that the host program had before us are none of our business."""
        self.folder, self._environments, self._guard = folder, environments, guard
        self._run_id, self._others = run_id, set(foreign)
        self._exits: dict[int, OnExit] = {}
        self._sessions: dict[int, str] = {}
        self._given: dict[str, dict[str, str]] = {}
        self.begin = time.monotonic()

    def spawn(self, specification: Specification, on_exit: OnExit) -> PosixChild:
        settings = specification.settings
        self._given[specification.name] = environment_for(self._environments, specification, self._run_id)
        its_input, input_ = os.pipe() if settings.stdin_open else (os.open(os.devnull, os.O_RDONLY), -1)
        output = its_output = -1
        try:
            output, its_output = os.pipe()
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
        return PosixChild(pid, output, input_)

    def run_quietly(self, argv: Sequence[str], specification: Specification, on_exit: OnExit) -> int:
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
        self._guard.forget(pid)

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
            elif pid == self._guard.pid:
                self._guard.renew()

    def kin(self) -> dict[str, set[int]]:
        return self._kin(Tree.now())

    def everyone(self) -> set[int]:
        tree = Tree.now()
        found = tree.descendants(os.getpid())
        for pid in self._foreign:
            found -= tree.family(pid)
        return found.union(*self._kin(tree).values())

    def tell(self, specification: Specification, pid: int) -> None:
        """Only the leader: a Celery pool that gets the signal as well loses its running tasks."""
        send(specification.settings.stop_signal, [pid])
        send(signal.SIGCONT, [pid])  # a stopped process would not hear it

    def ask(self, pids: Collection[int]) -> None:
        ask(pids)

    def kill(self, pids: Collection[int]) -> None:
        kill(pids)

    def _kin(self, tree: Tree) -> dict[str, set[int]]:
        sessions = tree.sessions()
        found: dict[str, set[int]] = {}
        # Once its leader is reaped, a session's number may become a stranger's.
        ours = tree.descendants(os.getpid()) if IS_LINUX else tree.pids
        for session, name in self._sessions.items():
            found.setdefault(name, set()).update(sessions.get(session, set()) & ours)
            if session in self._exits:
                found[name] |= tree.family(session)
        known = set().union(*found.values()) if found else set()
        for orphan in self._own(tree) - known - self._exits.keys():
            environment = environment_of(orphan)
            name = environment.get(NAME_VARIABLE, "") if environment.get(RUN_VARIABLE) == self._run_id else ""
            found.setdefault(name, set()).update(tree.family(orphan))
        return found

    @property
    def _foreign(self) -> set[int]:
        return {*self._others, self._guard.pid}

    def _own(self, tree: Tree) -> set[int]:
        if not IS_LINUX:  # there a daemon that detached twice is init's child
            return marked(RUN_VARIABLE, self._run_id) - self._foreign
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
