"""What the stack needs and whether it is there. Answers are public, so they name no host and no cause."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from backend.core.net.redis import is_redis_alive
from backend.database.migrate import MigrationError, read_migrations
from backend.database.session import Database
from backend.storage import Storage, export_key

Status = Literal["ok", "degraded", "down"]

WORKER_KEYS = "pixcrawler:worker:*"
_BUDGET_SECONDS = 1.0
_CACHE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Component:
    status: Status
    detail: str


@dataclass(frozen=True, slots=True)
class Health:
    status: Status
    components: dict[str, Component]


class HealthMonitor:
    """Every check has a second; an answer is kept for one, so that probes cost nothing."""

    def __init__(
        self,
        database: Database,
        redis: Redis,
        storage: Storage,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._cached: dict[str, tuple[float, Component]] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._checks: dict[str, Callable[[], Awaitable[Component]]] = {
            "database": lambda: _database(database),
            "migrations": lambda: _migrations(database),
            "storage": lambda: _storage(storage),
            "redis": lambda: _redis(redis),
            "workers": lambda: _workers(redis),
        }

    async def readiness(self) -> Health:
        """What a request needs. Redis is missing on purpose: without it the API still answers."""
        return await self._health(["database", "migrations"])

    async def report(self) -> Health:
        return await self._health(list(self._checks))

    async def _health(self, names: list[str]) -> Health:
        components = dict(zip(names, await asyncio.gather(*map(self._component, names)), strict=True))
        found = {component.status for component in components.values()}
        status: Status = "down" if "down" in found else "degraded" if "degraded" in found else "ok"
        return Health(status, components)

    async def _component(self, name: str) -> Component:
        # Whoever waits here finds the answer of the first one.
        async with self._locks[name]:
            if (known := self._cached.get(name)) and self._clock() - known[0] < _CACHE_SECONDS:
                return known[1]
            try:
                component = await asyncio.wait_for(self._checks[name](), _BUDGET_SECONDS)
            except TimeoutError:
                component = Component(_WHEN_AWAY[name], "did not answer in time")
            self._cached[name] = (self._clock(), component)
            return component


_WHEN_AWAY: dict[str, Status] = {
    "database": "down",
    "migrations": "down",
    "storage": "down",
    "redis": "degraded",
    "workers": "degraded",
}


async def _database(database: Database) -> Component:
    try:
        async with database.reading() as session:
            await session.execute(text("select 1"))
    except (SQLAlchemyError, OSError):
        return Component("down", "does not answer")
    return Component("ok", "answers")


async def _migrations(database: Database) -> Component:
    try:
        newest = max(migration.when for migration in await asyncio.to_thread(read_migrations))
        async with database.reading() as session:
            applied = await session.scalar(text("select max(created_at) from drizzle.__drizzle_migrations"))
    except (SQLAlchemyError, OSError):
        return Component("down", "cannot be read")
    except (MigrationError, ValueError):
        return Component("degraded", "the migration files are not here to compare with")
    if applied is None or applied < newest:
        return Component("down", "the database is behind; run: python -m backend.database.migrate")
    return Component("ok", "at the newest")


async def _storage(storage: Storage) -> Component:
    def try_it() -> None:
        key = export_key("health")
        with storage.writer(key) as file:
            file.write(b"ok")
        storage.delete(key)

    try:
        await asyncio.to_thread(try_it)
    except OSError:
        return Component("down", "cannot be written")
    return Component("ok", "can be written")


async def _redis(redis: Redis) -> Component:
    if await is_redis_alive(redis):
        return Component("ok", "answers")
    return Component("degraded", "does not answer; work starts later than it could")


async def _workers(redis: Redis) -> Component:
    try:
        count = 0
        async for _ in redis.scan_iter(match=WORKER_KEYS, count=500):
            count += 1
    except (RedisError, OSError):
        return Component("degraded", "unknown, because Redis does not answer")
    if not count:
        return Component("degraded", "no worker has been seen lately")
    return Component("ok", f"{count} seen")
