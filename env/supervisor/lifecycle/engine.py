"""A run of several processes: up in the order of their dependencies, and down in the reverse one."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from env.supervisor.lifecycle.aftermath import Aftermath
from env.supervisor.lifecycle.ascent import Ascent
from env.supervisor.lifecycle.endings import Endings
from env.supervisor.lifecycle.milestones import Milestones
from env.supervisor.lifecycle.narrator import Narrator
from env.supervisor.lifecycle.process import Process
from env.supervisor.lifecycle.shutdown import Shutdown
from env.supervisor.lifecycle.states import State
from env.supervisor.processes.children import Children
from env.supervisor.processes.loop import Loop, Signals
from env.supervisor.processes.platform import signal_name

Done = Callable[[], None]

# A person needs longer to press a key again.
ECHO_SECONDS = 0.1
# Nothing more will happen by itself. Not so STOPPED: who stopped a process may want to start it again.
_FINAL = {State.COMPLETED, State.FAILED}


class Engine:
    def __init__(
        self, loop: Loop, children: Children, processes: Iterable[Process], narrator: Narrator, on_ready: Done
    ) -> None:
        self._loop, self._children, self._narrator = loop, children, narrator
        self.processes = {process.name: process for process in processes}
        self._milestones = Milestones(children.begin)
        self._endings = Endings(loop, children, narrator.unendable)
        aftermath = Aftermath(self, loop, self._endings, narrator)
        self._ascent = Ascent(self.processes, aftermath, narrator, self._may_go_on, self._milestones)
        self._ascent.on_ready, self._ascent.recall = on_ready, self.start
        self._shutdown: Shutdown | None = None
        self.on_shutdown: Done = lambda: None
        self._signals = Signals()

    @property
    def is_ready(self) -> bool:
        return self.ready_after_seconds is not None

    @property
    def ready_after_seconds(self) -> float | None:
        return self._milestones.ready

    @property
    def is_stopping(self) -> bool:
        return self._shutdown is not None

    def run(self, signals: Signals, on_launched: Done) -> int:
        """Until everything has ended; the exit code says why, 128 + n for a signal.

        `on_launched` comes behind the first starts and before anything is called ready.
        """
        self._signals = signals
        signals.follow(self._loop, self._reap, self._signalled)
        self._ascent.launch()
        on_launched()
        self.advance()
        while not (self._shutdown and self._shutdown.is_over()):
            self._loop.turn()
            self._go_on()
        return self._shutdown.code

    def advance(self) -> None:
        self._ascent.advance()

    def is_waited_for(self, process: Process) -> bool:
        return self._ascent.is_waited_for(process)

    def start(self, process: Process) -> None:
        """With what it depends on. A process that is running is left alone; one that is ending comes back."""
        if process in self._endings:
            self._endings.end(process, partial(self._begin, process))
        elif not process.is_alive:
            self._begin(process)

    def stop(self, process: Process, done: Done) -> None:
        self._end(process, process.rest, done)

    def restart(self, process: Process, done: Done) -> None:
        self._end(process, partial(self._begin, process), done)

    def renew(self, process: Process, why: str) -> None:
        """Its files have changed. What a person stopped stays stopped, what waits will begin anyway."""
        if not self.is_stopping and process.state not in {State.STOPPED, State.WAITING}:
            self._narrator.of(process, "renewed", why)
            self.restart(process, lambda: None)

    def _begin(self, process: Process) -> None:
        process.rest()
        if not self.is_stopping:
            self._ascent.expect(process)
            self.advance()

    def _end(self, process: Process, follow_up: Done, done: Done) -> None:
        if process.is_alive or process in self._endings:
            self._endings.end(process, follow_up, done)
        else:
            follow_up()
            done()

    def shut_down(self, code: int) -> None:
        if not self._shutdown:
            processes = self.processes.values()
            self._shutdown = Shutdown(self._loop, self._children, self._endings, processes, code)
            self.on_shutdown()

    def snapshots(self, processes: Iterable[Process] | None = None) -> list[dict[str, Any]]:
        """Of all, or of those that are named; asks the system what their trees use."""
        from env.supervisor.lifecycle.snapshots import snapshot  # only when somebody wants to know
        from env.supervisor.lifecycle.usage import usage_of

        kin = self._children.kin()
        return [
            snapshot(process, usage_of(kin.get(process.name, ())))
            for process in (self.processes.values() if processes is None else processes)
        ]

    def _may_go_on(self) -> bool:
        """A signal between two starts spares the second."""
        self._signals.deliver_stops()
        return not self.is_stopping

    def _go_on(self) -> None:
        if self._shutdown:
            self._shutdown.proceed()
        elif all(process.state in _FINAL for process in self.processes.values()):
            self.shut_down(max(process.exit_code or 0 for process in self.processes.values()))

    def _reap(self) -> None:
        self._children.reap()
        self._endings.tend()

    def _signalled(self, number: int) -> None:
        if self._shutdown and (signal_name(number) == "SIGHUP" or self._shutdown.age_seconds < ECHO_SECONDS):
            return  # a terminal that is closed tells us, and so does its shell; wrappers pass on a Ctrl-C
        if self._shutdown:
            self._narrator.say("killing", f"{signal_name(number)}: killing everything")
            self._shutdown.kill()
        else:
            self._narrator.say("stopping", f"{signal_name(number)}: stopping all, once more to kill")
            self.shut_down(128 + number)
