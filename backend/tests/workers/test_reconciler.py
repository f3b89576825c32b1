from collections.abc import Callable
from uuid import UUID

import pytest

from backend.tests.crawler.site import Site
from backend.tests.workers.conftest import World
from backend.tests.workers.work import Build, serve, work_off
from backend.workers.reconciler import Reconciler
from backend.workers.timing import Timing

Reconcile = Callable[..., bool]


@pytest.fixture
def reconcile(world: World) -> Reconcile:
    return lambda **timing: Reconciler(world.engine, Timing(**timing)).run()


@pytest.fixture
def job_id(world: World, site: Site) -> UUID:
    job_id = world.begin(serve(site, 2))
    world.rows("truncate outbox")
    return job_id


def leave_running(world: World, attempt: int = 1) -> None:
    """As a killed worker leaves it, some time later."""
    world.rows(
        "update job_chunks set state = 'running', lease_owner = 'gone', fence = 1, attempt = %s,"
        " lease_until = now() - interval '1 second'",
        attempt,
    )


def announced(world: World) -> list[str]:
    return [row.id for row in world.rows("select payload ->> 'chunk_id' as id from outbox")]


class TestExpiredLease:
    def test_chunk_returns_and_is_announced(self, world: World, job_id: UUID, reconcile: Reconcile) -> None:
        leave_running(world)
        reconcile()
        (chunk,) = world.chunks(job_id)
        assert (chunk.state, chunk.lease_owner, chunk.last_error) == ("pending", None, "the worker vanished")
        assert announced(world) == [str(chunk.id)]

    def test_second_round_changes_nothing(self, world: World, job_id: UUID, reconcile: Reconcile) -> None:
        leave_running(world)
        reconcile()
        before = world.chunks(job_id), announced(world)
        reconcile()
        assert (world.chunks(job_id), announced(world)) == before

    def test_chunk_that_fails_again_waits_longer(
        self, world: World, job_id: UUID, reconcile: Reconcile
    ) -> None:
        leave_running(world, attempt=3)
        reconcile()
        wait = world.value("select extract(epoch from not_before - now()) from job_chunks")
        assert 8 < wait <= 10
        assert announced(world) == []

    def test_valid_lease_is_left_alone(self, world: World, job_id: UUID, reconcile: Reconcile) -> None:
        leave_running(world)
        world.rows("update job_chunks set lease_until = now() + interval '5 seconds'")
        reconcile()
        assert world.chunks(job_id)[0].state == "running"

    def test_stopping_job_is_not_worked_on_again(
        self, world: World, job_id: UUID, reconcile: Reconcile
    ) -> None:
        leave_running(world)
        world.rows("update crawl_jobs set status = 'stopping'")
        reconcile()
        assert [chunk.state for chunk in world.chunks(job_id)] == ["cancelled"]
        assert world.job(job_id).status == "stopped"


class TestPoison:
    def test_fifth_failure_gives_the_chunk_up(self, world: World, job_id: UUID, reconcile: Reconcile) -> None:
        leave_running(world, attempt=5)
        world.rows("update crawl_urls set state = 'rejected', reason = 'corrupt' where url like '%%/0.jpg'")
        reconcile()
        assert [chunk.state for chunk in world.chunks(job_id)] == ["dead"]
        found = [(url.state, url.reason) for url in world.urls(job_id)]
        assert found == [("rejected", "corrupt"), ("failed", "chunk_abandoned")]
        job = world.job(job_id)
        assert (job.status, job.error) == ("failed", "all_failed:chunk_abandoned")
        assert (job.urls_done, job.urls_failed, job.urls_rejected) == (2, 1, 1)

    def test_given_up_urls_can_be_retried(
        self, world: World, job_id: UUID, reconcile: Reconcile, workplace: Build
    ) -> None:
        leave_running(world, attempt=5)
        reconcile()
        world.retry(job_id)
        work_off(world, workplace(), job_id)
        assert (world.job(job_id).status, world.job(job_id).images_stored) == ("completed", 2)


class TestLostHints:
    def test_unclaimed_chunk_is_announced_again(
        self, world: World, job_id: UUID, reconcile: Reconcile
    ) -> None:
        world.rows("update job_chunks set state = 'dispatched'")
        reconcile(resend_seconds=60)
        assert announced(world) == []
        reconcile(resend_seconds=0)
        assert announced(world) == [str(world.chunks(job_id)[0].id)]

    def test_pending_chunk_without_a_message_is_announced_once(
        self, world: World, job_id: UUID, reconcile: Reconcile
    ) -> None:
        reconcile()
        reconcile()
        assert announced(world) == [str(world.chunks(job_id)[0].id)]

    def test_pending_export_without_a_message_is_sent_again_after_a_while(self, world: World) -> None:
        export_id, now = world.export(), 0.0
        world.rows("update exports set created_at = now() - interval '1 minute'")
        reconciler = Reconciler(world.engine, Timing(resend_seconds=30), clock=lambda: now)

        def sent_again() -> list[str]:
            world.rows("truncate outbox")
            reconciler.run()
            return [row.payload["export_id"] for row in world.rows("select payload from outbox")]

        assert sent_again() == [str(export_id)]
        now = 29
        assert sent_again() == []
        now = 31
        assert sent_again() == [str(export_id)]

    def test_export_that_is_never_built_fails_in_the_end(self, world: World, reconcile: Reconcile) -> None:
        world.export()
        reconcile(export_seconds=0)
        assert world.rows("select status, error from exports") == [("failed", "not built in time")]


class TestJobs:
    def test_job_whose_last_worker_died_after_its_chunk_is_finished(
        self, world: World, job_id: UUID, reconcile: Reconcile
    ) -> None:
        world.rows("update job_chunks set state = 'done'")
        world.rows("update crawl_urls set state = 'stored'")
        reconcile()
        assert world.job(job_id).status == "completed"

    def test_stopping_job_without_a_running_chunk_is_stopped(
        self, world: World, job_id: UUID, reconcile: Reconcile
    ) -> None:
        world.rows("update crawl_jobs set status = 'stopping'")
        reconcile()
        assert world.job(job_id).status == "stopped"
        assert [chunk.state for chunk in world.chunks(job_id)] == ["cancelled"]

    def test_only_one_reconciler_works(self, world: World, reconcile: Reconcile) -> None:
        with world.engine.begin() as other:
            other.exec_driver_sql(
                "select pg_advisory_xact_lock(hashtextextended('pixcrawler reconciler', 0))"
            )
            assert reconcile() is False
        assert reconcile() is True
