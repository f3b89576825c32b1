"""One process of the plan, over all its lives."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from env.supervisor.configuration.specification import Check, Condition, Specification
from env.supervisor.lifecycle.milestones import Milestones
from env.supervisor.lifecycle.restart import Backoff
from env.supervisor.lifecycle.states import Health, State
from env.supervisor.output.output import Stream
from env.supervisor.processes.children import Children
from env.supervisor.processes.loop import Loop, Timer
from env.supervisor.processes.pipes import Inlet, Outlet

if TYPE_CHECKING:  # slow to import, and needed where there is a healthcheck
    from env.supervisor.readiness.execution import Execution
    from env.supervisor.readiness.monitor import Monitor
    from env.supervisor.readiness.probes import ReadyFile, Verdict

# Gets every byte as it comes, without waiting for the end of a line.
Tap = Callable[[bytes], None]


class Process:
    def __init__(self, specification: Specification, loop: Loop, children: Children, stream: Stream) -> None:
        self.specification, self.stream = specification, stream
        self._loop, self._children = loop, children
        self.milestones = Milestones(children.begin)
        self.state = State.WAITING
        self.health: Health | None = None
        self.pid = 0
        self.session = 0
        self.exit_code: int | None = None
        self.reason = ""
        self.restarts = 0
        self.backoff = Backoff()
        self.monitor: Monitor | None = None
        self.return_timer: Timer | None = None
        self._started_at = self.started_clock = 0.0
        self._outlet: Outlet | None = None
        self._inlet: Inlet | None = None
        self._ready_file: ReadyFile | None = None
        self.taps: set[Tap] = set()

    @property
    def name(self) -> str:
        return self.specification.name

    @property
    def is_alive(self) -> bool:
        return self.state in {State.RUNNING, State.STOPPING}

    @property
    def is_ready(self) -> bool:
        if self.state is State.COMPLETED:
            return True
        if self.specification.is_awaited:
            return False
        return self.state is State.RUNNING and self.health in {None, Health.HEALTHY}

    @property
    def uptime_seconds(self) -> float:
        return time.monotonic() - self._started_at

    @property
    def grace_seconds(self) -> float:
        return self.specification.settings.stop_grace_seconds

    def expect_start(self) -> None:
        self._forget_return()
        self.backoff.reset()
        self.wait()

    def wait(self) -> None:
        self.milestones.expect()
        self.state = State.WAITING

    def rest(self) -> None:
        """Nothing of it runs and nothing will by itself; a verdict that was reached stands."""
        self._forget_return()
        if self.state not in {State.COMPLETED, State.FAILED}:
            self.state = State.STOPPED

    def fail(self, code: int, reason: str = "") -> None:
        self.state = State.FAILED if code else State.STOPPED
        self.exit_code, self.reason = code, reason

    def satisfies(self, condition: Condition) -> bool:
        match condition:
            case Condition.COMPLETED:
                return self.state is State.COMPLETED
            case Condition.HEALTHY:
                return self.state is State.RUNNING and self.health is Health.HEALTHY
            case Condition.STARTED:
                return self.state in {State.RUNNING, State.COMPLETED}

    def spawn(self, on_exit: Callable[[int], None]) -> None:
        """Raises OSError or SupervisorError when there cannot be another process."""
        self._started_at, self.started_clock = time.monotonic(), time.time()
        self._ready_file = self._new_ready_file()
        child = self._children.spawn(self.specification, on_exit)
        self.pid = self.session = child.pid
        self.milestones.start()
        self.state, self.exit_code, self.reason = State.RUNNING, None, ""
        self.health = Health.STARTING if self.specification.settings.healthcheck else None
        self.stream.begin()
        self._outlet = child.outlet(self._loop, self._take, lambda: self.stream.appetite)
        self._inlet = child.inlet(self._loop)

    def follow(self, report: Callable[[Health, str], None]) -> None:
        if check := self.specification.settings.healthcheck:
            from env.supervisor.readiness.monitor import Monitor

            self.monitor = Monitor(self._loop, check, self._execute, report, self._ready_file)
            self.stream.observer = self.monitor.observe

    def unfollow(self) -> None:
        """Nobody looks any more: what was found is no longer true."""
        self.health = None
        if self.monitor:
            self.monitor.cancel()
        self.monitor = self.stream.observer = None

    def feed(self, data: bytes) -> bool:
        """To its standard input; False when it takes nothing (any more)."""
        return self.is_alive and self._inlet is not None and self._inlet.feed(data)

    def end_input(self) -> None:
        if self._inlet:
            self._inlet.close()

    def resume_output(self) -> None:
        if self._outlet:
            self._outlet.resume()

    def drain_output(self) -> None:
        if self._outlet:
            self._outlet.drain()
        self.stream.finish()

    def close_pipes(self) -> None:
        self.drain_output()
        if self._outlet:
            self._outlet.close()
        self.end_input()
        self._show(b"")

    def _take(self, data: bytes) -> None:
        self.stream.feed(data)
        self._show(data)

    def _show(self, data: bytes) -> None:
        if self.taps and (shown := self.stream.live(data)):
            for tap in list(self.taps):
                tap(shown)

    def _execute(self, argv: Sequence[str], timeout_seconds: float, verdict: "Verdict") -> "Execution":
        from env.supervisor.readiness.execution import Execution

        return Execution(self._children, self.specification, self._loop, argv, timeout_seconds, verdict)

    def _new_ready_file(self) -> "ReadyFile | None":
        check = self.specification.settings.healthcheck
        if check and check.kind is Check.FILE:
            from env.supervisor.readiness.probes import ReadyFile

            return ReadyFile(self._children.folder / str(check.target))
        return None

    def _forget_return(self) -> None:
        if self.return_timer:
            self.return_timer.cancel()
            self.return_timer = None
