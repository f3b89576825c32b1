"""What follows when a process has ended, failed its healthcheck or cannot be started."""

from functools import partial
from typing import Protocol

from env.supervisor.lifecycle.endings import Endings
from env.supervisor.lifecycle.narrator import Narrator
from env.supervisor.lifecycle.policy import Outcome, outcome
from env.supervisor.lifecycle.process import Process
from env.supervisor.lifecycle.states import Health, State
from env.supervisor.processes.loop import Loop


class Run(Protocol):
    @property
    def is_ready(self) -> bool: ...
    @property
    def is_stopping(self) -> bool: ...
    def advance(self) -> None: ...
    def is_waited_for(self, process: Process) -> bool: ...
    def shut_down(self, code: int) -> None: ...


class Aftermath:
    def __init__(self, run: Run, loop: Loop, endings: Endings, narrator: Narrator) -> None:
        self._run, self._loop, self._endings, self._narrator = run, loop, endings, narrator

    def refused(self, process: Process, error: str) -> None:
        process.fail(126, error)
        why = f"cannot be started: {error}"
        if not self._run.is_ready:
            self._blame(process, 126, why)
            return
        self._narrator.of(process, "failed", why)
        if process.specification.returns_after(126):
            self._comes_back(process, 0.0, 126)

    def health_changed(self, process: Process, health: Health, reason: str) -> None:
        process.health, process.reason = health, reason
        self._narrator.health(process)
        if health is not Health.FAILED:
            self._run.advance()
        elif self._run.is_ready and process.specification.returns_after(1):
            self._endings.end(process, partial(self._comes_back, process, 0.0, 1))
        else:
            self._blame(process, 1)

    def exited(self, process: Process, code: int) -> None:
        process.unfollow()
        process.drain_output()
        process.exit_code = code
        if process in self._endings:
            self._narrator.stopped(process, code)
            self._endings.leader_gone(process)
        else:
            self._left_by_itself(process, code)

    def _left_by_itself(self, process: Process, code: int) -> None:
        process.state = State.STOPPING
        # Who waits in a stack that was complete can wait on: the others are more use than nothing.
        is_waited_for = self._run.is_waited_for(process) and not self._run.is_ready
        result = outcome(process.specification, code, is_waited_for)
        self._narrator.exit(process, code, result is Outcome.COMPLETED)
        match result:
            case Outcome.COMPLETED:
                process.state = State.COMPLETED
                self._endings.ended(process, lambda: None)
                self._run.advance()
            case Outcome.RETURNS:
                uptime = process.uptime_seconds
                self._endings.ended(process, partial(self._comes_back, process, uptime, code))
            case Outcome.FAILED_ALONE:
                self._narrator.culprit(process)
                self._endings.ended(process, partial(process.fail, code))
            case Outcome.ENDS_THE_RUN:
                self._endings.ended(process, partial(process.fail, code))
                self._blame(process, code)

    def _comes_back(self, process: Process, uptime_seconds: float, code: int) -> None:
        if self._run.is_stopping:
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
        self._run.advance()

    def _stays_down(self, process: Process, code: int) -> None:
        """In a stack that never was complete this is the end; later the others are more use than nothing."""
        why = f"is in a crash loop ({process.backoff.crashes} crashes in a row)"
        process.fail(code, why)
        if self._run.is_ready:
            self._narrator.culprit(process)
            self._narrator.of(process, "failed", f"{why} and stays down; the others go on")
        else:
            self._blame(process, code or 1, why)

    def _blame(self, process: Process, code: int, why: str = "") -> None:
        if not self._run.is_stopping:
            if code:
                self._narrator.culprit(process)
            self._narrator.of(process, "stopping", f"{why or 'ended'}: stopping all", exit_code=code)
            self._run.shut_down(code)
