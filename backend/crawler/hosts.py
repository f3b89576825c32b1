from collections import deque
from dataclasses import dataclass, field

from backend.crawler.exchange import Exchange, Failure
from backend.crawler.policy import CrawlPolicy


@dataclass(slots=True)
class Host:
    """What is under way and waiting at one `host:port`."""

    fresh: deque[Exchange] = field(default_factory=deque)
    # Their clock is running, so they go first.
    begun: deque[Exchange] = field(default_factory=deque)
    active: int = 0
    failures_in_a_row: int = 0
    last_failure: Failure | None = None
    not_before: float = 0.0
    crawl_delay_seconds: float = 0.0
    # Answers longer than announced: a second use of a connection would read the surplus.
    leaves_surplus: bool = False

    def add(self, exchange: Exchange) -> None:
        (self.begun if exchange.has_begun else self.fresh).append(exchange)

    def peek(self) -> Exchange | None:
        queue = self.begun or self.fresh
        return queue[0] if queue else None

    def take(self) -> Exchange:
        return (self.begun or self.fresh).popleft()

    def may_start(self, now: float, policy: CrawlPolicy) -> bool:
        return self.active < policy.connections_per_host and now >= self.not_before

    def note_start(self, now: float) -> None:
        self.active += 1
        if self.crawl_delay_seconds:
            self.not_before = max(self.not_before, now + self.crawl_delay_seconds)

    def note_answer(self) -> None:
        self.failures_in_a_row = 0

    def note_failure(self, failure: Failure) -> None:
        self.failures_in_a_row += 1
        self.last_failure = failure

    def given_up(self, policy: CrawlPolicy) -> Failure | None:
        """A host that never answers is left alone, or each of its URLs would cost a whole deadline."""
        if self.last_failure is None or self.failures_in_a_row < policy.host_failures_before_giving_up:
            return None
        detail = f"given up after {self.failures_in_a_row} failures in a row: {self.last_failure.detail}"
        return Failure(self.last_failure.reason, detail)
