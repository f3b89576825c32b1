"""Messages counted in a real Redis."""

from collections.abc import Iterator

import pytest
import redis
from celery import Celery

from backend.tests.crawler.site import Site
from backend.tests.workers.conftest import World
from backend.workers.dispatcher import dispatch
from backend.workers.duty import OUTAGES

TASKS = frozenset({"crawl_chunk", "build_export"})


@pytest.fixture
def queue(redis_server: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(f"{redis_server}/3") as client:
        client.flushdb()
        yield client


@pytest.fixture
def sender(redis_server: str) -> Iterator[Celery]:
    with Celery(broker=f"{redis_server}/3", set_as_current=False) as app:
        app.conf.task_ignore_result = True
        yield app


def waiting(queue: redis.Redis) -> int:
    return queue.llen("celery")


def urls(site: Site, count: int) -> list[str]:
    return [site.url(f"/{number}.jpg") for number in range(count)]


class TestSending:
    def test_message_leaves_and_its_row_goes(
        self, world: World, site: Site, queue: redis.Redis, sender: Celery
    ) -> None:
        job_id = world.begin(urls(site, 60))
        assert dispatch(world.engine, sender, TASKS) == 2
        assert waiting(queue) == 2
        assert world.value("select count(*) from outbox") == 0
        assert {chunk.state for chunk in world.chunks(job_id)} == {"dispatched"}
        assert dispatch(world.engine, sender, TASKS) == 0

    def test_message_carries_nothing_but_an_id(
        self, world: World, site: Site, queue: redis.Redis, sender: Celery
    ) -> None:
        world.begin(urls(site, 1))
        dispatch(world.engine, sender, TASKS)
        assert site.host not in str(queue.lindex("celery", 0))

    def test_message_of_a_chunk_that_no_longer_waits_is_dropped(
        self, world: World, site: Site, queue: redis.Redis, sender: Celery
    ) -> None:
        world.stop(world.begin(urls(site, 1)))
        assert dispatch(world.engine, sender, TASKS) == 0
        assert waiting(queue) == 0
        assert world.value("select count(*) from outbox") == 0

    @pytest.mark.parametrize(
        ("task", "payload"),
        [("launch_missiles", "{}"), ("crawl_chunk", "{}"), ("crawl_chunk", '{"chunk_id": "no uuid"}')],
    )
    def test_message_nobody_understands_does_not_block_the_others(
        self, world: World, site: Site, queue: redis.Redis, sender: Celery, task: str, payload: str
    ) -> None:
        world.rows("insert into outbox (task, payload) values (%s, %s)", task, payload)
        world.begin(urls(site, 1))
        assert dispatch(world.engine, sender, TASKS) == 1
        assert world.value("select count(*) from outbox") == 0

    def test_export_is_sent(self, world: World, queue: redis.Redis, sender: Celery) -> None:
        world.export()
        assert dispatch(world.engine, sender, TASKS) == 1

    def test_row_stays_when_redis_is_away(self, world: World, site: Site) -> None:
        job_id = world.begin(urls(site, 1))
        with Celery(broker="redis://127.0.0.1:1/0", set_as_current=False) as nowhere:
            nowhere.conf.update(task_publish_retry=False, broker_connection_timeout=1)
            with pytest.raises(OUTAGES):
                dispatch(world.engine, nowhere, TASKS)
        assert world.value("select count(*) from outbox") == 1
        assert world.chunks(job_id)[0].state == "pending"


class TestFairness:
    def test_huge_job_leaves_room_for_a_small_one(
        self, world: World, site: Site, queue: redis.Redis, sender: Celery
    ) -> None:
        huge, small = world.begin(urls(site, 1000)), world.begin(urls(site, 1))
        assert dispatch(world.engine, sender, TASKS, window=4) == 5
        states = [chunk.state for chunk in world.chunks(huge)]
        assert states == ["dispatched"] * 4 + ["pending"] * 16
        assert world.chunks(small)[0].state == "dispatched"
        assert dispatch(world.engine, sender, TASKS, window=4) == 0

    def test_rest_follows_as_chunks_are_claimed(
        self, world: World, site: Site, queue: redis.Redis, sender: Celery
    ) -> None:
        job_id = world.begin(urls(site, 500))
        dispatch(world.engine, sender, TASKS, window=4)
        world.rows("update job_chunks set state = 'running' where state = 'dispatched' and seq < 3")
        assert dispatch(world.engine, sender, TASKS, window=4) == 3
        assert [chunk.state for chunk in world.chunks(job_id)][:7] == ["running"] * 3 + ["dispatched"] * 4
