"""When a process that went down comes back."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

FIRST_SECONDS, LONGEST_SECONDS = 0.5, 30.0
# A process that stayed up this long has proved itself; its next crash starts the count anew.
STEADY_SECONDS = 30.0
CRASHES_OF_A_LOOP = 5


@dataclass(slots=True)
class Backoff:
    """Exponential with jitter, so that several processes that failed together do not return together."""

    jitter: Callable[[float, float], float] = field(default=random.uniform)
    crashes: int = 0

    def record(self, uptime_seconds: float) -> float | None:
        """Seconds to wait before the next start, or None: it is a crash loop, give up."""
        self.crashes = 1 if uptime_seconds >= STEADY_SECONDS else self.crashes + 1
        if self.crashes >= CRASHES_OF_A_LOOP:
            return None
        longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** (self.crashes - 1))
        return longest * self.jitter(0.5, 1.0)

    def reset(self) -> None:
        self.crashes = 0
