"""Starts processes in the order of their dependencies, watches them, and ends them. Policy only; the rest is elsewhere."""

import os
import signal
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Protocol

from env.supervisor.children import Children
from env.supervisor.endings import Endings
from env.supervisor.loop import Loop, Signals
from env.supervisor.process import Process, State
from env.supervisor.readiness import Health
from env.supervisor.specification import Restart
from env.supervisor.tree import send

CULPRIT_LINES = 20

Done = Callable[[], None]


class Reporter(Protocol):
    def event(self, kind: str, text: str, **data: Any) -> None: ...


class Engine:
    def __init__(
        self, loop: Loop, children: Children, processes: Iterable[Process], reporter: Reporter, on_ready: Done
    ) -> None:
        self._loop, self._children, self._reporter, self._on_ready = loop, children, reporter, on_ready
        self.processes = {process.name: process for process in processes}
        self._endings = Endings(loop, children)
        self._code: int | None = None
        self.is_ready = False

    @property
    def is_stopping(self) -> bool:
        return self._code is not None

    def run(self) -> int:
        """Until everything has ended; the exit code says why, 128 + n for a signal."""
        with Signals(self._loop, self._reap, self._signalled):
            self._advance()
            while not self._is_over():
                self._loop.turn()
                if self.is_stopping:
                    self._tell_free()
        return self._code or 0

    # What a client may ask for.

    def start(self, process: Process) -> None:
        """With what it depends on. A process that is running is left alone."""
        if process.is_alive or self.is_stopping:
            return
        self._forget_return(process)
        process.backoff.reset()
        process.state = State.WAITING
        for other in process.specification.settings.depends_on:
            if self.processes[other].state is not State.COMPLETED:
                self.start(self.processes[other])
        self._advance()

    def stop(self, process: Process, done: Done = lambda: None) -> None:
        self._forget_return(process)
        if not process.is_alive:
            process.state = (
                State.STOPPED if process.state in {State.WAITING, State.BACKOFF} else process.state
            )
            done()
            return

        self._tell(
            process, process.specification.settings.stop_grace_seconds, partial(self._stopped, process)
        )
        self._endings.tell_when_ended(process, done)

    def restart(self, process: Process, done: Done = lambda: None) -> None:
        def again() -> None:
            process.state = State.STOPPED
            self.start(process)

        if process.is_alive:
            self._tell(process, process.specification.settings.stop_grace_seconds, again)
            self._endings.tell_when_ended(process, done)
        else:
            again()
            done()

    def shut_down(self, code: int) -> None:
        """Dependents before what they depend on, so that a task can still write its result; else all at once."""
        if self.is_stopping:
            return
        self._code = code
        alive = [process for process in self.processes.values() if process.is_alive]
        longest = max((process.specification.settings.stop_grace_seconds for process in alive), default=0.0)
        for process in self.processes.values():
            self._forget_return(process)
            if not process.is_alive:
                process.state = (
                    State.STOPPED if process.state in {State.WAITING, State.BACKOFF} else process.state
                )
                continue
            grace = process.specification.settings.stop_grace_seconds
            # At the latest when its own grace still ends with the longest one.
            self._loop.after(longest - grace, partial(self._tell_last, process))
        self._tell_free()

    def kill(self) -> None:
        for process in self.processes.values():
            if process.is_alive:
                self._tell(process, 0.0, partial(self._stopped, process))
        self._endings.kill_now()

    # Up.

    def _advance(self) -> None:
        """Starts whatever waits for nothing any more, as often as a start fulfils another's wish."""
        moved = True
        while moved and not self.is_stopping:
            moved = False
            for process in self.processes.values():
                if process.state is State.WAITING and self._may_start(process):
                    self._start(process)
                    moved = True
        self._announce()

    def _may_start(self, process: Process) -> bool:
        wishes = process.specification.settings.depends_on.items()
        return all(self.processes[other].satisfies(condition) for other, condition in wishes)

    def _start(self, process: Process) -> None:
        try:
            process.spawn(self._environment(process), partial(self._exited, process))
        except OSError as error:
            process.state, process.exit_code, process.reason = State.FAILED, 126, str(error)
            self._report("failed", process, f"{process.name} cannot be started: {error}")
            self.shut_down(126)
            return
        self._report("started", process, f"{process.name} started (pid={process.pid})")
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
        if health is Health.FAILED:
            self._not_ready(process, reason)
            return
        seconds = f" after {process.uptime_seconds:.2f} s" if health is Health.HEALTHY else f": {reason}"
        self._report(health, process, f"{process.name} is {health}{seconds}")
        self._advance()

    def _announce(self) -> None:
        if not self.is_ready and not self.is_stopping and all(p.is_ready for p in self.processes.values()):
            self.is_ready = True
            self._reporter.event("ready", "all processes are ready")
            self._on_ready()

    # Down.

    def _reap(self) -> None:
        self._children.reap()
        self._endings.tend()

    def _exited(self, process: Process, code: int) -> None:
        process.unfollow()
        process.drain_output()
        process.exit_code = code
        if process in self._endings:
            self._report("exited", process, f"{process.name} stopped (exit code {code})")
            self._endings.leader_gone(process)
            return
        was_up = process.uptime_seconds
        policy = process.specification.settings.restart
        returns = policy is Restart.ALWAYS or (policy is Restart.ON_FAILURE and code != 0)
        is_completed = code == 0 and not returns and process.specification.may_finish
        process.state = State.COMPLETED if is_completed else State.STOPPING
        text = f"{process.name} completed" if is_completed else f"{process.name} exited with code {code}"
        self._report("exited", process, f"{text} after {was_up:.2f} s", exit_code=code)
        grace = process.specification.settings.stop_grace_seconds
        if is_completed:
            self._endings.begin(process, grace, process.close_output)
            self._advance()
        elif returns:
            self._endings.begin(process, grace, partial(self._comes_back, process, was_up, code))
        else:
            self._endings.begin(process, grace, partial(self._failed, process))
            self._blame(process, code)
        self._endings.leader_gone(process)

    def _not_ready(self, process: Process, reason: str) -> None:
        """While the stack starts, and for a process that may not restart, this is the end; later it is a crash."""
        grace = process.specification.settings.stop_grace_seconds
        self._report("failed", process, f"{process.name} is {reason}")
        if self.is_ready and process.specification.settings.restart in {Restart.ALWAYS, Restart.ON_FAILURE}:
            self._tell(process, grace, partial(self._comes_back, process, 0.0, 1))
        else:
            self._blame(process, 1)

    def _comes_back(self, process: Process, was_up: float, code: int) -> None:
        process.close_output()
        if self.is_stopping:
            process.state = State.STOPPED
            return
        delay = process.backoff.record(was_up)
        if delay is None:
            self._crash_loop(process, code)
            return
        process.state = State.BACKOFF
        self._report("backoff", process, f"{process.name} comes back in {delay:.1f} s")
        process.return_timer = self._loop.after(delay, partial(self._return, process))

    def _return(self, process: Process) -> None:
        process.return_timer = None
        process.restarts += 1
        process.state = State.WAITING
        self._advance()

    def _crash_loop(self, process: Process, code: int) -> None:
        process.state = State.FAILED
        process.reason = f"crash loop: {process.backoff.crashes} crashes in a row"
        if not self.is_ready:
            self._blame(process, code or 1, process.reason)
        else:
            self._report("failed", process, f"{process.name} stays down ({process.reason}), the others go on")
            self._show_culprit(process)

    def _failed(self, process: Process) -> None:
        process.close_output()
        process.state = State.FAILED if process.exit_code else State.STOPPED

    def _blame(self, process: Process, code: int, why: str = "") -> None:
        if not self.is_stopping:
            if code or why:
                self._show_culprit(process)
            self._report("stopping", process, f"stopping all because of {process.name}{why and f' ({why})'}")
            self.shut_down(code)

    def _show_culprit(self, process: Process) -> None:
        process.drain_output()
        if lines := process.stream.last_lines(CULPRIT_LINES):
            text = "\n".join(
                [f"last {len(lines)} lines of {process.name}:", *(f"  {line}" for line in lines)]
            )
            self._report("culprit", process, text)

    def _signalled(self, number: int) -> None:
        name = signal.Signals(number).name
        if self.is_stopping:
            self._reporter.event("killing", f"{name} again: killing everything")
            self.kill()
        else:
            self._reporter.event("stopping", f"{name}: stopping all (once more to kill)")
            self.shut_down(128 + number)

    def _tell(self, process: Process, grace_seconds: float, on_end: Done) -> None:
        """The newest wish decides what follows the end of a process."""

        def ended() -> None:
            process.close_output()
            on_end()

        process.unfollow()
        process.state = State.STOPPING
        if process in self._endings:
            self._endings.redirect(process, ended)
        else:
            self._endings.begin(process, grace_seconds, ended).tell_leader()

    def _tell_last(self, process: Process) -> None:
        if process.is_alive:
            grace = process.specification.settings.stop_grace_seconds
            self._tell(process, grace, partial(self._stopped, process))

    def _tell_free(self) -> None:
        """Those on whom nobody alive depends."""
        needed = {
            other
            for process in self.processes.values()
            if process.is_alive
            for other in process.specification.settings.depends_on
        }
        for process in self.processes.values():
            if process.is_alive and process.name not in needed:
                self._tell_last(process)

    def _stopped(self, process: Process) -> None:
        process.state = State.STOPPED

    def _forget_return(self, process: Process) -> None:
        if process.return_timer:
            process.return_timer.cancel()
            process.return_timer = None

    def _is_over(self) -> bool:
        if any(process.is_alive for process in self.processes.values()):
            return False
        if not self.is_stopping:
            if any(process.state is not State.COMPLETED for process in self.processes.values()):
                return False
            self.shut_down(0)
        if self._endings.sweep_strays():
            return True
        self._loop.after(0.02, lambda: None)
        return False

    def _report(self, kind: str, process: Process, text: str, **data: Any) -> None:
        self._reporter.event(kind, text, process=process.name, pid=process.pid or None, **data)
