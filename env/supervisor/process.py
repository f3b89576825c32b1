"""One process of the plan, over all its lives."""

import os
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from env.supervisor.children import Children
from env.supervisor.loop import READ, Loop, Timer
from env.supervisor.milestones import Milestones
from env.supervisor.output import Stream
from env.supervisor.readiness import Health, Monitor
from env.supervisor.restart import Backoff
from env.supervisor.specification import Condition, Specification
from env.supervisor.usage import Usage

CHUNK_BYTES = 256 * 1024
_DRAIN_READS = 64


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    STOPPING = "stopping"
    BACKOFF = "backoff"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"


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
        self._started_at = self._started_clock = 0.0
        self._output = -1

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

    def spawn(self, environment: dict[str, str], on_exit: Callable[[int], None]) -> None:
        """Raises OSError when the system refuses another process."""
        self._started_at, self._started_clock = time.monotonic(), time.time()
        self.pid, self._output = self._children.spawn(self.specification, environment, on_exit)
        self.session = self.pid
        self.milestones.start()
        self.state, self.exit_code, self.reason = State.RUNNING, None, ""
        self.health = Health.STARTING if self.specification.settings.healthcheck else None
        self.stream.begin()
        self.resume_output()

    def follow(self, report: Callable[[Health, str], None]) -> None:
        if check := self.specification.settings.healthcheck:
            self.monitor = Monitor(self._loop, check, self._children.execute, report)
            self.stream.observer = self.monitor.observe

    def unfollow(self) -> None:
        """Nobody looks any more: what was found is no longer true."""
        self.health = None
        if self.monitor:
            self.monitor.cancel()
        self.monitor = self.stream.observer = None

    def pause_output(self) -> None:
        if self._output >= 0:
            self._loop.forget(self._output)

    def resume_output(self) -> None:
        if self._output >= 0:
            self._loop.watch(self._output, READ, self._readable)

    def drain_output(self) -> None:
        """What is in the pipe now. A grandchild may hold it open for ever, so its end is not waited for."""
        for _ in range(_DRAIN_READS):
            if not self._read():
                break
        self.stream.finish()

    def close_output(self) -> None:
        self.drain_output()
        self._shut()

    def snapshot(self, usage: Usage) -> dict[str, Any]:
        return {
            "name": self.name,
            "command": self.specification.command,
            "state": self.state,
            "health": self.health,
            "is_ready": self.is_ready,
            "pid": self.pid if self.is_alive else None,
            "exit_code": self.exit_code,
            "reason": self.reason,
            "restarts": self.restarts,
            "started_at": self._started_clock if self.is_alive else None,
            "uptime_seconds": round(self.uptime_seconds, 3) if self.is_alive else None,
            "ports": list(self.specification.settings.ports),
            **self.milestones.facts(),
            **usage._asdict(),
        }

    def _readable(self) -> None:
        self._read()

    def _read(self) -> bool:
        if self._output < 0:
            return False
        try:
            data = os.read(self._output, CHUNK_BYTES)
        except BlockingIOError:
            return False
        if data:
            self.stream.feed(data)
        else:
            self._shut()
        return bool(data)

    def _forget_return(self) -> None:
        if self.return_timer:
            self.return_timer.cancel()
            self.return_timer = None

    def _shut(self) -> None:
        if self._output >= 0:
            self._loop.forget(self._output)
            os.close(self._output)
            self._output = -1
