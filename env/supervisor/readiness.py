"""Is a process ready? Asked in quick succession while it starts, seldom afterwards."""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from env.supervisor.loop import Loop, Timer
from env.supervisor.probes import Attempt, Target, Verdict
from env.supervisor.specification import Check, Healthcheck

SHORTEST_SECONDS, LONGEST_SECONDS, GROWTH = 0.005, 0.1, 1.5

_ESCAPES = re.compile(rb"\x1b\[[0-9;]*[A-Za-z]")


class Health(StrEnum):
    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    FAILED = "failed"


class Cancellable(Protocol):
    def cancel(self) -> None: ...


Execute = Callable[[tuple[str, ...], float, Verdict], Cancellable]
Report = Callable[[Health, str], None]


class Monitor:
    """Follows one life of one process. FAILED: the start period ended without a success."""

    def __init__(self, loop: Loop, check: Healthcheck, execute: Execute, report: Report) -> None:
        self._loop, self._check, self._execute, self._report = loop, check, execute, report
        self._begin = self._probe()
        self._pattern = (
            re.compile(str(check.target).encode(), re.MULTILINE) if check.kind is Check.LOG else None
        )
        self._health = Health.STARTING
        self._pause = SHORTEST_SECONDS
        self._failures = 0
        self._reason = "nothing was tried yet"
        self._attempt: Cancellable | None = None
        self._next: Timer | None = None
        self._deadline = loop.after(check.start_period_seconds, self._give_up)
        if self._pattern:
            self._reason = f"no line matched {check.target!r}"
        else:
            self._try()

    def cancel(self) -> None:
        for pending in (self._attempt, self._next, self._deadline):
            if pending is not None:
                pending.cancel()
        self._pattern = None

    def observe(self, body: bytes) -> None:
        if (
            self._pattern
            and self._health is Health.STARTING
            and self._pattern.search(_ESCAPES.sub(b"", body))
        ):
            self._succeed()

    def _probe(self) -> Callable[[], Cancellable] | None:
        loop, seconds = self._loop, self._check.timeout_seconds
        match self._check.kind, self._check.target:
            case Check.EXEC, tuple() as command:
                return lambda: self._execute(command, seconds, self._judge)
            case Check.TCP, str() as address:
                target = Target.tcp(address)
            case Check.HTTP, str() as url:
                target = Target.http(url)
            case _:
                return None
        return lambda: Attempt(loop, target, seconds, self._judge)

    def _try(self) -> None:
        if self._begin:
            # The verdict may come before `_begin` returns: then the attempt is already over.
            before = self._next
            attempt = self._begin()
            if self._next is before:
                self._attempt = attempt

    def _judge(self, reason: str | None) -> None:
        self._attempt = None
        if reason is None:
            self._succeed()
        elif self._health is Health.STARTING:
            self._reason = reason
            self._again(self._pause)
            self._pause = min(LONGEST_SECONDS, self._pause * GROWTH)
        elif self._health is not Health.FAILED:
            self._fail_late(reason)

    def _succeed(self) -> None:
        self._failures = 0
        self._deadline.cancel()
        self._change(Health.HEALTHY, "")
        if self._begin:
            self._again(self._check.interval_seconds)

    def _fail_late(self, reason: str) -> None:
        self._failures += 1
        if self._failures == self._check.retries:
            self._change(Health.UNHEALTHY, reason)
        self._again(self._check.interval_seconds)

    def _give_up(self) -> None:
        self.cancel()
        self._change(Health.FAILED, f"not ready after {self._check.start_period_seconds:g} s: {self._reason}")

    def _again(self, seconds: float) -> None:
        self._next = self._loop.after(seconds, self._try)

    def _change(self, health: Health, reason: str) -> None:
        if health is not self._health:
            self._health = health
            self._report(health, reason)
