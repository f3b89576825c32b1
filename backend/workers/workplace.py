from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sqlalchemy import Engine

from backend.crawler.policy import CrawlPolicy
from backend.storage import Storage
from backend.workers.project_index import IndexCache
from backend.workers.timing import Timing


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Workplace:
    """What a process needs to work on chunks and exports."""

    database: Engine
    storage: Storage
    policy: CrawlPolicy
    owner: str
    timing: Timing = field(default_factory=Timing)
    indexes: IndexCache = field(default_factory=IndexCache)
    # True when the worker is asked to stop: unfinished chunks go back to the queue.
    is_stopping: Callable[[], bool] = _never

    def policy_for(self, min_size: int) -> CrawlPolicy:
        return replace(self.policy, min_size=min_size)
