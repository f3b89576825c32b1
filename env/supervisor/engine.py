"""Starts processes in the order of their dependencies; decides what the end of one means for the others."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from env.supervisor.children import Children
from env.supervisor.endings import Endings
from env.supervisor.loop import Loop, Signals
from env.supervisor.milestones import Milestones
from env.supervisor.narrator import Narrator
from env.supervisor.process import Process, State
from env.supervisor.readiness import Health
from env.supervisor.shutdown import Shutdown
from env.supervisor.system import signal_name
from env.supervisor.tree import Tree
from env.supervisor.usage import usage_of

Done = Callable[[], None]

# Nothing more will happen by itself. Not so STOPPED: who stopped a process may want to start it again.
_FINAL = {State.COMPLETED, State.FAILED}


class Engine:
    def __init__(
        self, loop: Loop, children: Children, processes: Iterable[Process], narrator: Narrator, on_ready: Done
    ) -> None:
        self._loop, self._children, self._narrator, self._on_ready = loop, children, narrator, on_ready
        self.processes = {process.name: process for process in processes}
        self._endings = Endings(loop, children)
        self._shutdown: Shutdown | None = None
        self._milestones = Milestones(children.begin)

    @property
    def is_ready(self) -> bool:
        return self.ready_after_seconds is not None

    @property
    def ready_after_seconds(self) -> float | None:
        return self._milestones.ready

    @property
    def is_stopping(self) -> bool:
        return self._shutdown is not None

    def snapshots(self, processes: Iterable[Process] | None = None) -> list[dict[str, Any]]:
        """Of all, or of those that are named; asks the system what their trees use."""
        kin = self._children.kin(Tree.now())
        return [
            process.snapshot(usage_of(kin.get(process.name, ())))
            for process in (self.processes.values() if processes is None else processes)
        ]

    def run(self) -> int:
        """Until everything has ended; the exit code says why, 128 + n for a signal."""
        with Signals(self._loop, self._reap, self._signalled):
            self._advance()
            while not (self._shutdown and self._shutdown.is_over()):
                self._loop.turn()
                self._go_on()
        return self._shutdown.code

    def start(self, process: Process) -> None:
        """With what it depends on. A process that is running is left alone."""
        if process.is_alive or self.is_stopping:
            return
        process.expect_start()
        for other in process.specification.settings.depends_on:
            if self.processes[other].state is not State.COMPLETED:
                self.start(self.processes[other])
        self._advance()

    def stop(self, process: Process, done: Done) -> None:
        if process.is_alive:
            self._endings.end(process, process.rest, done)
        else:
            process.rest()
            done()

    def restart(self, process: Process, done: Done) -> None:
        def again() -> None:
            process.rest()
            self.start(process)

        if process.is_alive:
            self._endings.end(process, again, done)
        else:
            again()
            done()

    def shut_down(self, code: int) -> None:
        if not self._shutdown:
            processes = self.processes.values()
            self._shutdown = Shutdown(self._loop, self._children, self._endings, processes, code)

    def _go_on(self) -> None:
        if self._shutdown:
            self._shutdown.proceed()
        elif all(process.state in _FINAL for process in self.processes.values()):
            self.shut_down(max(process.exit_code or 0 for process in self.processes.values()))

    def _reap(self) -> None:
        self._children.reap()
        self._endings.tend()

    def _signalled(self, number: int) -> None:
        if self._shutdown:
            self._narrator.say("killing", f"{signal_name(number)} again: killing everything")
            self._shutdown.kill()
        else:
            self._narrator.say("stopping", f"{signal_name(number)}: stopping all, once more to kill")
            self.shut_down(128 + number)

    # Up.

    def _advance(self) -> None:
        """Starts whatever waits for nothing any more; one start may fulfil the wish of another."""
        while not self.is_stopping and (free := [p for p in self.processes.values() if self._may_start(p)]):
            self._start(free[0])
        self._announce()

    def _may_start(self, process: Process) -> bool:
        if process.state is not State.WAITING:
            return False
        wishes = process.specification.settings.depends_on
        fulfilled = {name: wish for name, wish in wishes.items() if self.processes[name].satisfies(wish)}
        for name, wish in fulfilled.items():
            process.milestones.let_go(name, wish)
        return len(fulfilled) == len(wishes)

    def _start(self, process: Process) -> None:
        try:
            process.spawn(self._environment(process), partial(self._exited, process))
        except OSError as error:
            process.fail(126, str(error))
            self._blame(process, 126, f"cannot be started: {error}")
            return
        self._narrator.of(process, "started", f"started (pid={process.pid})")
        process.follow(partial(self._changed, process))

    def _environment(self, process: Process) -> dict[str, str]:
        """PORT as Honcho gives it, unless the manifest or the environment knows better."""
        if ports := process.specification.settings.ports:
            return {"PORT": str(ports[0])}
        if "PORT" in self._children.environment:
            return {}
        return {"PORT": str(5000 + 100 * list(self.processes).index(process.name))}

    def _changed(self, process: Process, health: Health, reason: str) -> None:
        process.health, process.reason = health, reason
        self._narrator.health(process)
        if health is not Health.FAILED:
            self._advance()
        elif self.is_ready and process.specification.returns_after(1):
            self._endings.end(process, partial(self._comes_back, process, 0.0, 1))
        else:
            self._blame(process, 1)

    def _announce(self) -> None:
        ready = [process for process in self.processes.values() if process.is_ready]
        for process in ready:
            process.milestones.become_ready()
        if not self.is_ready and not self.is_stopping and len(ready) == len(self.processes):
            self._milestones.become_ready()
            self._narrator.say("ready", "everything is ready")
            self._on_ready()

    # Down.

    def _exited(self, process: Process, code: int) -> None:
        process.unfollow()
        process.drain_output()
        process.exit_code = code
        if process in self._endings:
            self._narrator.of(process, "exited", f"stopped (exit code {code})", exit_code=code)
            self._endings.leader_gone(process)
            return
        uptime, returns = process.uptime_seconds, process.specification.returns_after(code)
        is_completed = code == 0 and not returns and process.specification.may_finish
        self._narrator.exit(process, code, is_completed)
        process.state = State.COMPLETED if is_completed else State.STOPPING
        if is_completed:
            self._endings.ended(process, lambda: None)
            self._advance()
        elif returns:
            self._endings.ended(process, partial(self._comes_back, process, uptime, code))
        else:
            self._endings.ended(process, partial(process.fail, code))
            self._blame(process, code)

    def _comes_back(self, process: Process, uptime_seconds: float, code: int) -> None:
        if self.is_stopping:
            process.rest()
        elif (delay := process.backoff.record(uptime_seconds)) is not None:
            process.state = State.BACKOFF
            self._narrator.of(process, "backoff", f"comes back in {delay:.1f} s")
            process.return_timer = self._loop.after(delay, partial(self._return, process))
        else:
            self._stays_down(process, code)

    def _return(self, process: Process) -> None:
        process.restarts += 1
        process.wait()
        self._advance()

    def _stays_down(self, process: Process, code: int) -> None:
        """In a stack that never was complete this is the end; later the others are more use than nothing."""
        why = f"is in a crash loop ({process.backoff.crashes} crashes in a row)"
        process.fail(code, why)
        if self.is_ready:
            self._narrator.culprit(process)
            self._narrator.of(process, "failed", f"{why} and stays down; the others go on")
        else:
            self._blame(process, code or 1, why)

    def _blame(self, process: Process, code: int, why: str = "") -> None:
        if not self.is_stopping:
            if code:
                self._narrator.culprit(process)
            self._narrator.of(process, "stopping", f"{why or 'ended'}: stopping all", exit_code=code)
            self.shut_down(code)
