"""Redis carries hints and heartbeats; whoever uses it must be able to go on without."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as BrokenConnectionError
from redis.exceptions import RedisError

from backend.utility.logging_config import get_logger

log = get_logger(__name__)

_TIMEOUT_SECONDS = 2.0


class RedisRequiredError(Exception):
    """Production does not start without Redis."""


def connect_redis(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        socket_timeout=_TIMEOUT_SECONDS,
        # A connection that a restart broke shows it at its next use, and is replaced. No other retry is
        # hidden in the client.
        retry=Retry(NoBackoff(), 1, supported_errors=(BrokenConnectionError,)),
        decode_responses=True,
    )


async def is_redis_alive(redis: Redis) -> bool:
    try:
        await redis.ping()
    except (RedisError, OSError, TimeoutError):
        return False
    return True


async def check_redis_available(redis: Redis, *, is_required: bool) -> bool:
    """Raises RedisRequiredError where it is required (production); elsewhere warns and goes on."""
    if await is_redis_alive(redis):
        return True
    if is_required:
        raise RedisRequiredError("Redis does not answer (REDIS_URL): production does not start without it.")
    log.warning("Redis does not answer; going on without it", variable="REDIS_URL")
    return False
