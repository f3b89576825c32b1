"""Is a process ready? Asked in quick succession while it starts, seldom afterwards."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from env.supervisor.configuration.specification import Check, Healthcheck
from env.supervisor.lifecycle.states import Health
from env.supervisor.processes.loop import Loop, Timer
from env.supervisor.readiness.probes import Attempt, NotYet, ReadyFile, Target, Verdict

# No kernel tells without privileges that somebody begins to listen, so it has to be asked. What costs nothing
# is asked by all at the same ticks: a wake-up costs fifty times as much as a question. Most are ready within
# two seconds of quick ones; at that pace a longer wait would take more than 1 % of a core.
QUICK_TICK_SECONDS, TICK_SECONDS, QUICK_SECONDS = 0.01, 0.018, 2.0
# A kernel may forward a port on which it has no listener: now and then only a connection can tell.
_TICKS_PER_CONNECTION = 100
# The start period is counted in these: what passes while we are stopped ourselves is not its process' fault.
_SLICE_SECONDS = 0.25
# What costs somebody something: a program, or an answer of a server that is still starting.
SHORTEST_SECONDS, LONGEST_SECONDS, GROWTH = 0.005, 0.1, 1.5

_ESCAPES = re.compile(rb"\x1b\[[0-9;]*[A-Za-z]")


class Cancellable(Protocol):
    def cancel(self) -> None: ...


Execute = Callable[[tuple[str, ...], float, Verdict], Cancellable]
Report = Callable[[Health, str], None]
# One try; None when it is over at once.
Probe = Callable[[], Cancellable | None]


class Monitor:
    """Follows one life of one process. FAILED: the start period ended without a success."""

    def __init__(
        self,
        loop: Loop,
        check: Healthcheck,
        execute: Execute,
        report: Report,
        file: ReadyFile | None = None,
    ) -> None:
        """`file` is to be made before that life begins: it has to know what an earlier one left lying."""
        self._loop, self._check, self._execute, self._report = loop, check, execute, report
        self._probe = self._choose_probe(file)
        self._pattern = (
            re.compile(str(check.target).encode(), re.MULTILINE) if check.kind is Check.LOG else None
        )
        self._health = Health.STARTING
        self._pause = SHORTEST_SECONDS
        self._begin = time.monotonic()
        self._failures = self._ticks = 0
        self._reason = f"no line matched {check.target!r}" if self._pattern else "nothing was tried yet"
        self._attempt: Cancellable | None = None
        self._next: Timer | None = None
        self._left_seconds = check.start_period_seconds
        self._age()
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

    def _choose_probe(self, file: ReadyFile | None) -> Probe | None:
        match self._check.kind, self._check.target:
            case Check.EXEC, tuple() as command:
                return lambda: self._execute(command, self._check.timeout_seconds, self._judge)
            case Check.FILE, str() as path:
                file = file or ReadyFile(Path(path))
                return lambda: self._judge(file.judge())
            case Check.TCP, str() as address:
                return self._connector(Target.tcp(address))
            case Check.HTTP, str() as url:
                return self._connector(Target.http(url))
        return None

    def _connector(self, target: Target) -> Probe:
        def probe() -> Cancellable | None:
            self._ticks += 1
            is_early = self._health is Health.STARTING and self._ticks % _TICKS_PER_CONNECTION
            if is_early and target.is_closed():
                self._judge(target.refusal)
                return None
            return Attempt(self._loop, target, self._check.timeout_seconds, self._judge)

        return probe

    def _try(self) -> None:
        if self._probe:
            # The verdict may come before `_probe` returns: then the attempt is already over.
            before = self._next
            attempt = self._probe()
            if self._next is before:
                self._attempt = attempt

    def _judge(self, reason: str | None) -> None:
        self._attempt = None
        if reason is None:
            self._succeed()
        elif self._health is Health.STARTING:
            self._reason = reason
            self._again(self._patience(reason))
        elif self._health is not Health.FAILED:
            self._fail_late(reason)

    def _patience(self, reason: str) -> float:
        if self._check.start_interval_seconds:
            return self._check.start_interval_seconds
        if isinstance(reason, NotYet):
            now = time.monotonic()
            tick = QUICK_TICK_SECONDS if now - self._begin < QUICK_SECONDS else TICK_SECONDS
            return tick - now % tick
        pause, self._pause = self._pause, min(LONGEST_SECONDS, self._pause * GROWTH)
        return pause

    def _succeed(self) -> None:
        self._failures = 0
        self._deadline.cancel()
        self._again(self._check.interval_seconds)
        self._change(Health.HEALTHY, "")

    def _fail_late(self, reason: str) -> None:
        self._failures += 1
        self._again(self._check.interval_seconds)
        if self._failures == self._check.retries:
            self._change(Health.UNHEALTHY, reason)

    def _age(self) -> None:
        passing = min(self._left_seconds, _SLICE_SECONDS)
        self._left_seconds -= passing
        self._deadline = self._loop.after(passing, self._age if self._left_seconds > 0 else self._give_up)

    def _give_up(self) -> None:
        self.cancel()
        self._change(Health.FAILED, f"not ready after {self._check.start_period_seconds:g} s: {self._reason}")

    def _again(self, seconds: float) -> None:
        if self._probe:
            self._next = self._loop.after(seconds, self._try)

    def _change(self, health: Health, reason: str) -> None:
        if health is not self._health:
            self._health = health
            self._report(health, reason)
