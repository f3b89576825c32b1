"""Tells the health page that this worker consumes: a key in Redis that dies with it."""

from contextlib import suppress
from typing import Any

import redis
from celery import bootsteps

from backend.core.settings import get_settings

KEY_PREFIX = "pixcrawler:worker:"
TTL_SECONDS = 15
_INTERVAL_SECONDS = 5.0
_TIMEOUT_SECONDS = 2.0


class Pulse(bootsteps.StartStopStep):  # type: ignore[misc]
    """Beats in the event loop that consumes: a worker that hangs or has lost its broker does not count as alive."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._timer: Any = None
        self._redis = redis.Redis.from_url(
            get_settings().redis.dsn, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
        )

    def start(self, consumer: Any) -> None:
        self._beat(consumer.hostname)
        self._timer = consumer.timer.call_repeatedly(_INTERVAL_SECONDS, self._beat, (consumer.hostname,))

    def stop(self, consumer: Any) -> None:
        if self._timer:
            self._timer.cancel()
        with suppress(redis.RedisError):
            self._redis.delete(KEY_PREFIX + consumer.hostname)

    def _beat(self, hostname: str) -> None:
        # Redis away is the consumer's to report; the key's absence says it to the health page.
        with suppress(redis.RedisError):
            self._redis.set(KEY_PREFIX + hostname, "1", ex=TTL_SECONDS)
