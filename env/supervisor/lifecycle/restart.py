"""When a process that went down comes back."""

from collections.abc import Callable

FIRST_SECONDS, LONGEST_SECONDS = 0.5, 30.0
# A process that stayed up this long has proved itself; its next crash starts the count anew.
STEADY_SECONDS = 30.0
CRASHES_OF_A_LOOP = 5


def _uniform(low: float, high: float) -> float:
    import random  # slow to import, and only needed after a crash

    return random.uniform(low, high)  # noqa: S311 - no secret


class Backoff:
    """Exponential with jitter, so that several processes that failed together do not return together."""

    def __init__(self, jitter: Callable[[float, float], float] = _uniform, crashes: int = 0) -> None:
        self._jitter, self.crashes = jitter, crashes

    def record(self, uptime_seconds: float) -> float | None:
        """Seconds to wait before the next start, or None: it is a crash loop, give up."""
        self.crashes = 1 if uptime_seconds >= STEADY_SECONDS else self.crashes + 1
        if self.crashes >= CRASHES_OF_A_LOOP:
            return None
        longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** (self.crashes - 1))
        return longest * self._jitter(0.5, 1.0)

    def reset(self) -> None:
        self.crashes = 0
