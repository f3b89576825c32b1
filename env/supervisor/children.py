"""Starts programs, learns of their end by `waitpid`, and knows what they left behind."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from env.supervisor.guard import Guard
from env.supervisor.loop import Loop
from env.supervisor.orphans import RUN_VARIABLE
from env.supervisor.probes import Verdict
from env.supervisor.shell import shell_argv
from env.supervisor.specification import Specification
from env.supervisor.system import dies_with_parent
from env.supervisor.tree import Tree, environment_of, send

NAME_VARIABLE = "HONCHO_PROCESS_NAME"

OnExit = Callable[[int], None]


class Children:
    def __init__(
        self, loop: Loop, folder: Path, environment: Mapping[str, str], run_id: str, guard: Guard
    ) -> None:
        self._loop, self._folder, self._guard = loop, folder, guard
        self.environment = {**environment, RUN_VARIABLE: run_id}
        self._run_id = run_id
        self.begin = time.monotonic()
        self._exits: dict[int, OnExit] = {}
        self._sessions: dict[int, str] = {}
        # Children that the host program had before us are none of our business.
        self._foreign = set(Tree.now().children(os.getpid()))

    def spawn(
        self, specification: Specification, extra: Mapping[str, str], on_exit: OnExit
    ) -> tuple[int, int]:
        """The pid and the descriptor to read output from."""
        name, settings = specification.name, specification.settings
        child = subprocess.Popen(
            shell_argv(specification.command),
            cwd=self._folder,
            env={**self.environment, **extra, NAME_VARIABLE: name},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=dies_with_parent(settings.stop_signal),
        )
        assert child.stdout is not None  # noqa: S101 - narrows the type
        fd = os.dup(child.stdout.fileno())
        os.set_blocking(fd, False)
        child.stdout.close()
        self._adopt(child, on_exit)
        self._sessions[child.pid] = name
        self._guard.note(child.pid, settings.stop_grace_seconds)
        return child.pid, fd

    def execute(self, argv: Sequence[str], timeout_seconds: float, verdict: Verdict) -> "Execution":
        return Execution(self, self._loop, argv, timeout_seconds, verdict)

    def run_quietly(self, argv: Sequence[str], on_exit: OnExit) -> int:
        quiet = subprocess.DEVNULL
        child = subprocess.Popen(
            argv,
            cwd=self._folder,
            env=self.environment,
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGKILL),
        )
        self._adopt(child, on_exit)
        return child.pid

    def forget_session(self, pid: int) -> None:
        self._sessions.pop(pid, None)

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

    def _adopt(self, child: "subprocess.Popen[bytes]", on_exit: OnExit) -> None:
        self._exits[child.pid] = on_exit
        child.returncode = 0  # the loop waits for it, so that Popen need not


class Execution:
    """One run of a healthcheck's command."""

    def __init__(
        self, children: Children, loop: Loop, argv: Sequence[str], timeout_seconds: float, verdict: Verdict
    ) -> None:
        self._verdict: Verdict | None = verdict
        self._pid = 0
        self._timer = loop.after(
            timeout_seconds, lambda: self._end(f"{argv[0]} took longer than {timeout_seconds:g} s")
        )
        try:
            self._pid = children.run_quietly(argv, self._exited)
        except OSError as error:
            self._end(f"{argv[0]}: {error.strerror}")

    def cancel(self) -> None:
        self._verdict = None
        self._timer.cancel()
        if self._pid:
            send(signal.SIGKILL, [self._pid])

    def _exited(self, code: int) -> None:
        self._pid = 0
        self._end(None if code == 0 else f"the check left with {code}")

    def _end(self, reason: str | None) -> None:
        verdict = self._verdict
        self.cancel()
        if verdict:
            verdict(reason)
