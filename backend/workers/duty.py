import time
from collections.abc import Callable
from dataclasses import dataclass

from kombu.exceptions import KombuError
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from backend.utility.logging_config import get_logger
from backend.workers.database import first_line

_log = get_logger(__name__)

_LONGEST_PAUSE_SECONDS = 10.0
OUTAGES = (SQLAlchemyError, KombuError, RedisError, OSError)


@dataclass(slots=True)
class Duty:
    """Work that comes round again. An outage is reported once, and once more when it is over."""

    name: str
    work: Callable[[], object]
    interval_seconds: float
    clock: Callable[[], float] = time.monotonic
    _due: float = float("-inf")
    _failures: int = 0

    def run_if_due(self) -> None:
        if self.clock() < self._due:
            return
        try:
            self.work()
        except OUTAGES as error:
            self._failures += 1
            if self._failures == 1:
                _log.warning("waits for an outage to end", duty=self.name, reason=first_line(error))
        else:
            if self._failures:
                _log.info("goes on after an outage", duty=self.name, failures=self._failures)
            self._failures = 0
        self._due = self.clock() + self._pause()

    def _pause(self) -> float:
        if not self._failures:
            return self.interval_seconds
        return min(2.0 ** (self._failures - 1), _LONGEST_PAUSE_SECONDS)
