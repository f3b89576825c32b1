import asyncio
from collections.abc import Iterable, Mapping
from uuid import UUID, uuid4

import psycopg

from backend.core.net.notifications import NotificationHub

CHANNEL = "hub_test"


class Source:
    """Stands where the table would: what is loaded, and how often."""

    def __init__(self) -> None:
        self.values: dict[UUID, int] = {}
        self.loads = 0

    async def load(self, keys: Iterable[UUID]) -> Mapping[UUID, int]:
        self.loads += 1
        return {key: self.values[key] for key in keys if key in self.values}


async def _notify(dsn: str, *keys: object) -> None:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        for key in keys:
            await connection.execute("select pg_notify(%s, %s)", [CHANNEL, str(key)])


def test_many_watchers_of_one_id_cost_one_load(migrated: str):
    async def work() -> None:
        source, key, another = Source(), uuid4(), uuid4()
        async with NotificationHub(migrated, CHANNEL, source.load).running() as hub:
            source.values = {key: 6, another: 1}
            await hub.listening.wait()
            with hub.watch(key) as one, hub.watch(key) as two, hub.watch(another) as other:
                assert [await one.next(5), await two.next(5), await other.next(5)] == [6, 6, 1]
                source.loads, source.values[key] = 0, 7
                await _notify(migrated, key, key, "not an id", uuid4())
                assert [await one.next(5), await two.next(5)] == [7, 7]
                assert await other.next(0.05) is None
            assert source.loads == 1

    asyncio.run(work())


def test_without_a_connection_it_polls(migrated: str):
    async def work() -> None:
        source, key = Source(), uuid4()
        nowhere = "postgresql://postgres:x@127.0.0.1:1/postgres"
        async with NotificationHub(nowhere, CHANNEL, source.load).running() as hub:
            with hub.watch(key) as subscription:
                source.values[key] = 1
                assert await subscription.next(5) == 1

    asyncio.run(work())


def test_whoever_comes_hears_at_once_what_it_may_have_missed(migrated: str):
    async def work() -> None:
        source, key = Source(), uuid4()
        source.values[key] = 3
        async with NotificationHub(migrated, CHANNEL, source.load).running() as hub:
            await hub.listening.wait()
            with hub.watch(key) as subscription:
                assert await subscription.next(2) == 3

    asyncio.run(work())


def test_who_left_is_not_loaded_for(migrated: str):
    async def work() -> None:
        source, key = Source(), uuid4()
        async with NotificationHub(migrated, CHANNEL, source.load).running() as hub:
            await hub.listening.wait()
            with hub.watch(key):
                await asyncio.sleep(0.2)
            source.loads = 0
            await _notify(migrated, key)
            await asyncio.sleep(0.3)
            assert source.loads == 0

    asyncio.run(work())


def test_closing_wakes_whoever_waits_and_whoever_comes_late(migrated: str):
    async def work() -> None:
        async with NotificationHub(migrated, CHANNEL, Source().load).running() as hub:
            with hub.watch(uuid4()) as early:
                waiting = asyncio.create_task(early.next(30))
                await asyncio.sleep(0.05)
                hub.close()
                assert await asyncio.wait_for(waiting, 1) is None
                assert early.is_closed
            with hub.watch(uuid4()) as late:
                assert await asyncio.wait_for(late.next(30), 1) is None
                assert late.is_closed

    asyncio.run(work())


def test_what_is_gone_is_not_watched_any_more(migrated: str):
    async def work() -> None:
        source, key = Source(), uuid4()
        source.values[key] = 1
        async with NotificationHub(migrated, CHANNEL, source.load).running() as hub:
            await hub.listening.wait()
            with hub.watch(key) as subscription:
                assert await subscription.next(5) == 1
                del source.values[key]
                await _notify(migrated, key)
                assert await subscription.next(5) is None
                assert subscription.is_closed

    asyncio.run(work())
