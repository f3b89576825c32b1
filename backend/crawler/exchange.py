from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin

from backend.crawler.guard import Target
from backend.crawler.reasons import Reason

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask for and how much of it to take.

    `is_welcome` sees the first bytes of a body and may end the transfer; `cuts_long_body` keeps the first
    `max_bytes` instead of refusing.
    """

    url: str
    max_bytes: int
    deadline_seconds: float
    accept: str = "*/*"
    accept_encoding: str = "identity"
    obeys_robots: bool = True
    cuts_long_body: bool = False
    is_welcome: Callable[[bytes], bool] | None = None


@dataclass(frozen=True, slots=True)
class Response:
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    @property
    def redirect_url(self) -> str | None:
        """Where a redirect points to; unchecked, and on nonsense simply what the server said."""
        location = self.first("location")
        if not location or self.status not in _REDIRECTS:
            return None
        try:
            return urljoin(self.url, location)
        except ValueError:
            return location

    def first(self, name: str) -> str | None:
        return next(iter(self.values(name)), None)


@dataclass(frozen=True, slots=True)
class Failure:
    reason: Reason
    detail: str
    status: int | None = None


Completion = Callable[[Response | Failure], None]


@dataclass(slots=True)
class Exchange:
    """One request from its first hop to its answer, over redirects and repeated attempts."""

    request: Request
    on_done: Completion
    hops: int = 0
    attempts: int = 0
    deadline: float | None = None
    _target: Target | None = field(default=None)

    @property
    def target(self) -> Target:
        if self._target is None:
            raise LookupError("the exchange has not passed the guard")
        return self._target

    def aim(self, target: Target) -> None:
        self._target = target

    @property
    def has_begun(self) -> bool:
        return self.deadline is not None

    def start_clock(self, now: float) -> None:
        if self.deadline is None:
            self.deadline = now + self.request.deadline_seconds

    def remaining_seconds(self, now: float) -> float:
        return self.request.deadline_seconds if self.deadline is None else self.deadline - now
