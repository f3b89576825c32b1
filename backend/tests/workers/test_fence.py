"""A holder that lost its lease writes nothing, whatever it still has in its hands."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest

from backend.tests.crawler.pictures import jpeg
from backend.tests.crawler.site import Exchange, Site, answer
from backend.tests.workers.conftest import World
from backend.tests.workers.work import Build
from backend.workers.chunks import crawl_chunk
from backend.workers.completion import finish_chunk
from backend.workers.leases import Claim, LostFenceError, claim_chunk, hand_back, renew_lease
from backend.workers.ledger import Ledger, Miss
from backend.workers.project_index import StoredImages
from backend.workers.timing import Timing


@pytest.fixture
def job_id(world: World, site: Site) -> UUID:
    return world.begin([site.serve("/a.jpg", jpeg(0))])


def claim(world: World, job_id: UUID, owner: str, lease_seconds: float = 30) -> Any:
    with world.engine.begin() as connection:
        chunk = world.chunks(job_id)[0]
        return claim_chunk(connection, chunk.id, owner, Timing(lease_seconds=lease_seconds))


def expire_lease(world: World) -> None:
    world.rows("update job_chunks set lease_until = now() - interval '1 second'")


class TestClaim:
    def test_second_claim_gets_nothing(self, world: World, job_id: UUID) -> None:
        assert claim(world, job_id, "first") is not None
        assert claim(world, job_id, "second") is None

    def test_expired_lease_can_be_claimed_with_a_higher_fence(self, world: World, job_id: UUID) -> None:
        first = claim(world, job_id, "first")
        expire_lease(world)
        second = claim(world, job_id, "second")
        assert second.fence == first.fence + 1
        assert second.attempt == 2

    def test_lease_is_measured_by_the_database(self, world: World, job_id: UUID) -> None:
        claim(world, job_id, "first", lease_seconds=12)
        left = world.value("select extract(epoch from lease_until - now()) from job_chunks")
        assert 10 < left <= 12

    def test_chunk_is_not_claimed_before_its_time(self, world: World, job_id: UUID) -> None:
        world.rows("update job_chunks set not_before = now() + interval '1 minute'")
        assert claim(world, job_id, "first") is None

    def test_chunk_that_failed_too_often_is_not_claimed(self, world: World, job_id: UUID) -> None:
        world.rows("update job_chunks set attempt = 5")
        assert claim(world, job_id, "first") is None


class TestOldHolder:
    @pytest.fixture
    def old(self, world: World, job_id: UUID) -> Claim:
        old = claim(world, job_id, "old")
        expire_lease(world)
        claim(world, job_id, "new")
        return old

    @pytest.mark.parametrize(
        "write",
        [
            lambda connection, old: renew_lease(connection, old, Timing()),
            hand_back,
            lambda connection, old: finish_chunk(connection, old, "done"),
            lambda connection, old: Ledger(old, StoredImages(old.project_id), Timing()).record(
                connection, [Miss(1, 404, "not_found", retryable=False)]
            ),
        ],
        ids=["renew", "hand back", "finish", "record"],
    )
    def test_every_write_is_refused(self, world: World, job_id: UUID, old: Claim, write: Callable) -> None:
        before = world.job(job_id), world.urls(job_id), world.chunks(job_id)
        with pytest.raises(LostFenceError), world.engine.begin() as connection:
            write(connection, old)
        assert (world.job(job_id), world.urls(job_id), world.chunks(job_id)) == before

    def test_lease_that_ran_out_but_was_not_taken_is_kept(self, world: World, job_id: UUID) -> None:
        held = claim(world, job_id, "slow")
        expire_lease(world)
        with world.engine.begin() as connection:
            assert renew_lease(connection, held, Timing()).wants_more


@contextmanager
def paused(site: Site, path: str, content: bytes) -> Iterator[tuple[threading.Event, threading.Event]]:
    """A picture that arrives only when it is told to: its worker is as good as stopped meanwhile."""
    asked, go = threading.Event(), threading.Event()

    def wait(exchange: Exchange) -> None:
        if not asked.is_set():
            asked.set()
            go.wait(20)
        answer(exchange, 200, content)

    site.route(path, wait)
    yield asked, go
    go.set()


class TestPausedWorker:
    def test_worker_that_wakes_after_another_took_over_writes_nothing(
        self, world: World, workplace: Build, site: Site
    ) -> None:
        with paused(site, "/late.jpg", jpeg(1)) as (asked, go):
            job_id = world.begin([site.url("/late.jpg")])
            chunk_id = world.chunks(job_id)[0].id
            # Its heart beats too seldom to keep the lease.
            sleeper = threading.Thread(
                target=crawl_chunk, args=(chunk_id, workplace("sleeper", heartbeat_seconds=60))
            )
            sleeper.start()
            assert asked.wait(10)
            expire_lease(world)
            crawl_chunk(chunk_id, workplace("heir"))
            after = world.job(job_id), world.urls(job_id), world.chunks(job_id), world.images()
            go.set()
            sleeper.join(10)
        assert (world.job(job_id), world.urls(job_id), world.chunks(job_id), world.images()) == after
        assert after[0].images_stored == 1
        assert after[0].status == "completed"

    def test_heartbeat_notices_the_loss_and_aborts(self, world: World, workplace: Build, site: Site) -> None:
        with paused(site, "/late.jpg", jpeg(1)) as (asked, _):
            job_id = world.begin([site.url("/late.jpg")])
            chunk_id = world.chunks(job_id)[0].id
            sleeper = threading.Thread(
                target=crawl_chunk, args=(chunk_id, workplace("sleeper", heartbeat_seconds=0.3))
            )
            sleeper.start()
            assert asked.wait(10)
            world.rows("update job_chunks set fence = fence + 1")
            sleeper.join(5)
            assert not sleeper.is_alive()
        assert world.urls(job_id)[0].state == "pending"
