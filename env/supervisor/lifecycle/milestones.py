"""When a process reached what, in seconds since its run began: the raw material of a critical chain."""

import time
from typing import Any

from env.supervisor.configuration.specification import Condition


class Milestones:
    def __init__(self, begin: float) -> None:
        """`begin`: the run's, on the monotonic clock."""
        self._begin = begin
        self._waits: dict[str, tuple[Condition, float]] = {}
        self.started: float | None = None
        self.ready: float | None = None

    def expect(self) -> None:
        """A new life is to begin; what the former one reached stands until then."""
        self._waits.clear()

    def let_go(self, dependency: str, condition: Condition) -> None:
        """The first time counts: what happens to a dependency afterwards delays nobody."""
        self._waits.setdefault(dependency, (condition, self._now()))

    def start(self) -> None:
        self.started, self.ready = self._now(), None

    def become_ready(self) -> None:
        if self.ready is None:
            self.ready = self._now()

    def facts(self) -> dict[str, Any]:
        return {
            "started_after_seconds": self.started,
            "ready_after_seconds": self.ready,
            "waited_for": [
                {"name": name, "condition": condition, "after_seconds": after}
                for name, (condition, after) in self._waits.items()
            ],
        }

    def _now(self) -> float:
        return round(time.monotonic() - self._begin, 4)
