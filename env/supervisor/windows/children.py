"""Children where nothing tells of their end but a wait for each: one thread waits, one reads, for each."""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from env.supervisor.configuration.environments import Environments
from env.supervisor.configuration.specification import Specification
from env.supervisor.processes.children import OnExit, environment_for
from env.supervisor.processes.loop import Loop, Signals
from env.supervisor.processes.pipes import Inlet, Outlet
from env.supervisor.windows.relays import Relay, RelayedInlet, RelayedOutlet, start

# What a program leaves with that a Ctrl-C or Ctrl-Break has ended, and what a shell says then.
_CONTROL_C_EXIT, INTERRUPTED_CODE = 0xC000013A, 130
# A grandchild may hold the pipe open for ever; what the child itself wrote is read by then.
LAST_WORDS_SECONDS = 0.1


class Hold(Protocol):
    """On a child and whatever it starts."""

    def pids(self) -> set[int]: ...
    def kill(self) -> None: ...
    def close(self) -> None: ...


class Host(Protocol):
    """The part of it that only the operating system can do."""

    options: Mapping[str, Any]
    """For Popen."""

    def shell(self, command: str) -> str | Sequence[str]: ...
    def hold(self, pid: int) -> Hold: ...
    def tell(self, specification: Specification, pid: int) -> None: ...


class ThreadedChild(NamedTuple):
    pid: int
    output: Relay
    input: Relay | None

    def outlet(self, loop: Loop, take: Callable[[bytes], None], appetite: Callable[[], int]) -> Outlet:
        return RelayedOutlet(loop, self.output, take, appetite)

    def inlet(self, loop: Loop) -> Inlet:
        return RelayedInlet(loop, self.input) if self.input else Inlet(loop, -1)


class _Life(NamedTuple):
    process: "subprocess.Popen[bytes]"
    """Holds on to the pid: no other can get it."""
    name: str
    """"" for a healthcheck."""
    hold: Hold
    on_exit: OnExit


class ThreadedChildren:
    def __init__(
        self,
        folder: Path,
        environments: Environments,
        run_id: str,
        wake: Callable[[], None],
        host: Host,
    ) -> None:
        """`wake`, called from any thread, makes the loop call `reap`."""
        self.folder, self._environments, self._run_id = folder, environments, run_id
        self._wake, self._host = wake, host
        self._given: dict[str, dict[str, str]] = {}
        self._lives: dict[int, _Life] = {}
        self._ended: deque[tuple[int, int]] = deque()
        self.begin = time.monotonic()

    def spawn(self, specification: Specification, on_exit: OnExit) -> ThreadedChild:
        name = specification.name
        self._given[name] = environment_for(self._environments, specification, self._run_id)
        life = self._start(
            name,
            self._host.shell(specification.command),
            self._given[name],
            on_exit,
            stdin=subprocess.PIPE if specification.settings.stdin_open else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        process = life.process
        assert process.stdout  # noqa: S101 - narrows the type
        output = Relay(process.stdout, is_output=True)
        start(self._wait, process, output)
        return ThreadedChild(
            process.pid, output, Relay(process.stdin, is_output=False) if process.stdin else None
        )

    def run_quietly(self, argv: Sequence[str], specification: Specification, on_exit: OnExit) -> int:
        nowhere = subprocess.DEVNULL
        environment = self._given[specification.name]
        life = self._start("", argv, environment, on_exit, stdin=nowhere, stdout=nowhere)
        start(self._wait, life.process, None)
        return life.process.pid

    def reap(self) -> None:
        while self._ended:
            pid, code = self._ended.popleft()
            if life := self._lives.get(pid):
                if not life.name:
                    self.forget(pid)
                life.on_exit(code)

    def forget(self, pid: int) -> None:
        if life := self._lives.pop(pid, None):
            life.hold.close()

    def kin(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        for life in self._lives.values():
            if life.name:
                found.setdefault(life.name, set()).update(life.hold.pids())
        return found

    def everyone(self) -> set[int]:
        return set().union(*(life.hold.pids() for life in self._lives.values()))

    def tell(self, specification: Specification, pid: int) -> None:
        self._host.tell(specification, pid)

    def ask(self, pids: Collection[int]) -> None:
        """They were in the group of their leader, and heard what it did."""

    def kill(self, pids: Collection[int]) -> None:
        wanted = set(pids)
        for life in self._lives.values():
            if life.hold.pids() & wanted:
                life.hold.kill()

    def _start(
        self,
        name: str,
        command: str | Sequence[str],
        environment: Mapping[str, str],
        on_exit: OnExit,
        *,
        stdin: int,
        stdout: int,
    ) -> _Life:
        process = subprocess.Popen(
            command,
            bufsize=0,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            env=dict(environment),
            **self._host.options,
        )
        try:
            hold = self._host.hold(process.pid)
        except OSError:
            process.kill()
            raise
        life = self._lives[process.pid] = _Life(process, name, hold, on_exit)
        return life

    def _wait(self, process: "subprocess.Popen[bytes]", output: Relay | None) -> None:
        """In a thread of its own."""
        code = process.wait()
        if output:
            output.settle(LAST_WORDS_SECONDS)
        self._ended.append((process.pid, exit_code(code)))
        self._wake()


def exit_code(code: int) -> int:
    if code == _CONTROL_C_EXIT:
        return INTERRUPTED_CODE
    return code if code >= 0 else 128 - code


if sys.platform == "win32":
    from env.supervisor.processes.tree import send
    from env.supervisor.windows.jobs import Job, adopt

    _CREATE_SUSPENDED = 0x4

    class Console:
        """Children share our console, each in a group of its own: that is how Ctrl-Break finds them."""

        options: Mapping[str, Any] = {
            "creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | _CREATE_SUSPENDED
        }

        def __init__(self) -> None:
            self.job = Job()

        def shell(self, command: str) -> str:
            """/s takes off the outer quotes and leaves the rest alone."""
            return f'"{os.environ.get("COMSPEC", "cmd.exe")}" /d /s /c "{command}"'

        def hold(self, pid: int) -> Job:
            own = Job()
            adopt(pid, self.job, own)
            return own

        def tell(self, _specification: Specification, pid: int) -> None:
            send(signal.CTRL_BREAK_EVENT, [pid])

    @contextmanager
    def begin(
        folder: Path, environments: Environments, run_id: str, signals: Signals
    ) -> Iterator[ThreadedChildren]:
        console = Console()
        try:
            yield ThreadedChildren(folder, environments, run_id, signals.wake, console)
        finally:
            console.job.close()
