"""robots.txt as RFC 9309 has it: 4xx allows everything, 5xx or silence forbids everything for now."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from protego import Protego

from backend.crawler.exchange import Failure, Request, Response
from backend.crawler.guard import Target
from backend.crawler.reasons import Reason

MAX_ROBOTS_BYTES = 500 * 1024
_LIFETIME_SECONDS = 24 * 3600.0
_FAILURE_LIFETIME_SECONDS = 60.0
_MAX_DEADLINE_SECONDS = 10.0
_CAPACITY = 2_048
# Parsed rules take about forty times their text.
_CAPACITY_BYTES = 2 * 1024 * 1024
# These are true of the host whatever file is asked for, so they tell more than "robots.txt unreachable".
_HOST_REASONS = frozenset({Reason.ADDRESS_FORBIDDEN, Reason.DNS_FAILED, Reason.TLS_ERROR, Reason.BAD_URL})


@dataclass(frozen=True, slots=True)
class Rules:
    expires: float
    parser: Protego | None = None
    failure: Failure | None = None
    size: int = 0

    def refusal(self, target: Target, product_token: str) -> Failure | None:
        if self.failure is not None:
            return self.failure
        if self.parser is None or self.parser.can_fetch(target.url, product_token):
            return None
        return Failure(Reason.ROBOTS_DISALLOWED, f"{target.origin}/robots.txt")

    def crawl_delay_seconds(self, product_token: str) -> float:
        return (self.parser.crawl_delay(product_token) or 0.0) if self.parser else 0.0


class RobotsCache:
    """Rules per origin, kept for a day; one cache may serve every crawl of a process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rules: OrderedDict[str, Rules] = OrderedDict()
        self._size = 0

    def get(self, origin: str) -> Rules | None:
        rules = self._rules.get(origin)
        if rules is None or rules.expires <= self._clock():
            return None
        self._rules.move_to_end(origin)
        return rules

    def put(self, origin: str, answer: Response | Failure) -> Rules:
        rules = self._read(answer)
        self._drop(self._rules.pop(origin, None))
        self._rules[origin] = rules
        self._size += rules.size
        while len(self._rules) > _CAPACITY or self._size > _CAPACITY_BYTES:
            self._drop(self._rules.popitem(last=False)[1])
        return rules

    def _drop(self, rules: Rules | None) -> None:
        self._size -= rules.size if rules else 0

    def _read(self, answer: Response | Failure) -> Rules:
        now = self._clock()
        if isinstance(answer, Response):
            parser = Protego.parse(answer.body.decode("utf-8-sig", "replace"))
            return Rules(now + _LIFETIME_SECONDS, parser, size=len(answer.body))
        if answer.status is not None and 400 <= answer.status < 500 and answer.status != 429:
            return Rules(now + _LIFETIME_SECONDS)
        if answer.reason is Reason.TOO_MANY_REDIRECTS:
            return Rules(now + _LIFETIME_SECONDS)  # RFC 9309 §2.3.1.2: as if there were no file
        reason = answer.reason if answer.reason in _HOST_REASONS else Reason.ROBOTS_UNREACHABLE
        detail = f"robots.txt: {answer.detail}"
        return Rules(now + _FAILURE_LIFETIME_SECONDS, failure=Failure(reason, detail, answer.status))


def robots_request(origin: str, deadline_seconds: float) -> Request:
    return Request(
        url=f"{origin}/robots.txt",
        max_bytes=MAX_ROBOTS_BYTES,
        deadline_seconds=min(deadline_seconds, _MAX_DEADLINE_SECONDS),
        accept="text/plain,*/*;q=0.5",
        accept_encoding="",
        obeys_robots=False,
        cuts_long_body=True,
    )
