"""One LISTEN connection a process: turns PostgreSQL's notifications into values that many can wait for."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar
from uuid import UUID

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from backend.utility.logging_config import get_logger

log = get_logger(__name__)

Value = TypeVar("Value")
Load = Callable[[Iterable[UUID]], Awaitable[Mapping[UUID, Value]]]

_COALESCE_SECONDS = 0.05
_POLL_SECONDS = 1.0
# A notification can be lost with a connection that died silently.
_SAFETY_SECONDS = 10.0
_RECONNECT_SECONDS, _LONGEST_RECONNECT_SECONDS = 0.5, 5.0


class Subscription(Generic[Value]):
    """The newest value of one id: a slow reader skips what came between, as a progress bar should."""

    def __init__(self) -> None:
        self._newest: Value | None = None
        self._changed = asyncio.Event()
        self.is_closed = False

    def publish(self, value: Value) -> None:
        self._newest = value
        self._changed.set()

    def close(self) -> None:
        self.is_closed = True
        self._changed.set()

    async def next(self, timeout_seconds: float) -> Value | None:
        """None when nothing came in time, when there is nothing left to watch, or when the hub closes."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), timeout_seconds)
        self._changed.clear()
        value, self._newest = self._newest, None
        return value


class NotificationHub(Generic[Value]):
    """Listens on one channel whose payload is an id, loads what changed once, and tells every watcher.

    What cannot be loaded any more is gone, and so its watchers are sent away.
    While the connection is away it polls each second what is being watched.
    """

    def __init__(self, dsn: str, channel: str, load: Load[Value]) -> None:
        self._dsn = dsn
        self._channel = channel
        self._load = load
        self._watched: defaultdict[UUID, set[Subscription[Value]]] = defaultdict(set)
        self._dirty: set[UUID] = set()
        self._wake = asyncio.Event()
        self._closing = False
        # An outage is reported once, and once more when it is over.
        self._is_cut = False
        self._is_unreadable = False
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def watch(self, key: UUID) -> Iterator[Subscription[Value]]:
        subscription: Subscription[Value] = Subscription()
        if self._closing:
            subscription.close()
        self._watched[key].add(subscription)
        # Whatever changed between the watcher's own reading and now would otherwise be missed.
        self._mark([key])
        try:
            yield subscription
        finally:
            self._watched[key].discard(subscription)
            if not self._watched[key]:
                del self._watched[key]

    def close(self) -> None:
        """Ends every subscription; safe to call again."""
        self._closing = True
        for subscriptions in self._watched.values():
            for subscription in subscriptions:
                subscription.close()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["NotificationHub[Value]"]:
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._refresh())]
        try:
            yield self
        finally:
            self.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> None:
        pause = _RECONNECT_SECONDS
        while True:
            try:
                await self._listen_once()
            except (psycopg.Error, OSError) as error:
                if self.listening.is_set():
                    pause = _RECONNECT_SECONDS
                if not self._is_cut:
                    reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
                    log.warning("the database does not answer; polling", channel=self._channel, reason=reason)
                self._is_cut = True
            finally:
                self.listening.clear()
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_RECONNECT_SECONDS)

    async def _listen_once(self) -> None:
        async with await psycopg.AsyncConnection.connect(
            self._dsn, autocommit=True, connect_timeout=5, application_name="pixcrawler-listen"
        ) as connection:
            await connection.execute(f"listen {self._channel}".encode())
            self.listening.set()
            if self._is_cut:
                log.info("listening to the database again", channel=self._channel)
                self._is_cut = False
            self._mark(self._watched)
            async for notification in connection.notifies():
                with contextlib.suppress(ValueError):
                    self._mark([UUID(notification.payload)])

    def _mark(self, keys: Iterable[UUID]) -> None:
        self._dirty.update(key for key in keys if key in self._watched)
        if self._dirty:
            self._wake.set()

    async def _refresh(self) -> None:
        while True:
            pause = _SAFETY_SECONDS if self.listening.is_set() else _POLL_SECONDS
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
                await asyncio.sleep(_COALESCE_SECONDS)
            except TimeoutError:
                self._dirty.update(self._watched)
            self._wake.clear()
            keys, self._dirty = self._dirty, set()
            if keys:
                await self._publish(keys)

    async def _publish(self, keys: set[UUID]) -> None:
        try:
            values = await self._load(keys)
        except (SQLAlchemyError, OSError) as error:
            if not self._is_unreadable:
                log.warning("watched rows cannot be read for now", reason=type(error).__name__)
            self._is_unreadable = True
            return
        self._is_unreadable = False
        for key in keys:
            for subscription in self._watched.get(key, ()):
                if key in values:
                    subscription.publish(values[key])
                else:
                    subscription.close()
