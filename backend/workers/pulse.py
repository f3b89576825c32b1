"""Tells the health page that this worker consumes: a key in Redis that dies with it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import redis
from celery import bootsteps

from backend.core.settings import get_settings

KEY_PREFIX = "pixcrawler:worker:"
TTL_SECONDS = 15
_INTERVAL_SECONDS = 5.0
_TIMEOUT_SECONDS = 2.0


class _Timer(Protocol):
    def cancel(self) -> None: ...


class _Timers(Protocol):
    def call_repeatedly(self, secs: float, fun: Callable[..., None], args: tuple[str, ...]) -> _Timer: ...


class _Consumer(Protocol):
    hostname: str
    timer: _Timers


class Pulse(bootsteps.StartStopStep):
    """Beats in the loop that consumes: a worker that hangs or lost its broker does not count as alive."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: _Consumer, **options: object) -> None:
        super().__init__(consumer, **options)
        self._timer: _Timer | None = None
        self._redis = redis.Redis.from_url(
            get_settings().redis.dsn, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
        )

    def start(self, consumer: _Consumer) -> None:
        self._beat(consumer.hostname)
        self._timer = consumer.timer.call_repeatedly(_INTERVAL_SECONDS, self._beat, (consumer.hostname,))

    def stop(self, consumer: _Consumer) -> None:
        if self._timer:
            self._timer.cancel()
        with suppress(redis.RedisError):
            self._redis.delete(KEY_PREFIX + consumer.hostname)

    def _beat(self, hostname: str) -> None:
        # Redis away is the consumer's to report; the key's absence says it to the health page.
        with suppress(redis.RedisError):
            self._redis.set(KEY_PREFIX + hostname, "1", ex=TTL_SECONDS)
