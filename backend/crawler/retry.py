from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from backend.crawler.exchange import Exchange, Failure, Response
from backend.crawler.policy import CrawlPolicy
from backend.crawler.reasons import Reason

_REPEATED = frozenset(
    {
        Reason.DNS_FAILED,
        Reason.UNREACHABLE,
        Reason.TIMEOUT,
        Reason.INCOMPLETE,
        Reason.RATE_LIMITED,
        Reason.SERVER_ERROR,
    }
)


def failure_of(response: Response) -> Failure | None:
    """None for a body worth reading."""
    status = response.status
    if status == 200:
        return None
    detail = f"HTTP {status}"
    if status in (404, 410):
        return Failure(Reason.NOT_FOUND, detail, status)
    if status in (401, 402, 403, 407, 451):
        return Failure(Reason.ACCESS_DENIED, detail, status)
    if status == 429 or (status == 503 and response.first("retry-after")):
        return Failure(Reason.RATE_LIMITED, detail, status)
    if status >= 500 or status == 408:
        return Failure(Reason.SERVER_ERROR, detail, status)
    return Failure(Reason.HTTP_ERROR, detail, status)


def retry_after_seconds(value: str | None) -> float | None:
    """Reads both forms of RFC 9110 §10.2.3; nonsense counts as absent."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return float(value[:12])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def pause_before_retry(
    exchange: Exchange, failure: Failure, retry_after: float | None, policy: CrawlPolicy, now: float
) -> float | None:
    """Seconds to wait, or None when the failure is final."""
    if failure.reason not in _REPEATED or exchange.attempts >= policy.max_attempts:
        return None
    pause = policy.retry_pause_seconds * 2 ** (exchange.attempts - 1)
    if failure.reason is Reason.RATE_LIMITED and retry_after is not None:
        if retry_after > policy.max_retry_after_seconds:
            return None
        pause = max(retry_after, policy.retry_pause_seconds)
    return pause if pause < exchange.remaining_seconds(now) else None
