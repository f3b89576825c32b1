import threading
from collections.abc import Sequence
from uuid import UUID

import pytest

from backend.tests.workers.conftest import World
from backend.workers.completion import settle_job


def prepare(world: World, states: Sequence[tuple[str, str, str | None]], status: str = "running") -> UUID:
    """A job whose chunk is closed and whose URLs have these (kind, state, reason)."""
    job_id = world.create(["http://a.test/"])
    world.rows("update crawl_jobs set status = %s where id = %s", status, job_id)
    world.rows(
        "insert into job_chunks (crawl_job_id, seq, kind, state) values (%s, 0, 'fetch', 'done')", job_id
    )
    for number, (kind, state, reason) in enumerate(states):
        world.rows(
            "insert into crawl_urls (crawl_job_id, kind, url, state, reason) values (%s, %s, %s, %s, %s)",
            *(job_id, kind, f"http://a.test/{number}", state, reason),
        )
    return job_id


def settle(world: World, job_id: UUID) -> str | None:
    with world.engine.begin() as connection:
        return settle_job(connection, job_id)


class TestVerdict:
    @pytest.mark.parametrize(
        ("urls", "status", "error"),
        [
            ([("image", "stored", None), ("image", "failed", "timeout")], "completed", None),
            ([("image", "duplicate", None)], "completed", None),
            ([("page", "rejected", "no_images")], "failed", "no_images"),
            ([("page", "failed", "unreachable")], "failed", "all_failed:unreachable"),
            ([], "failed", "no_images"),
            (
                [
                    ("page", "discovered", None),
                    ("image", "failed", "timeout"),
                    ("image", "rejected", "corrupt"),
                    ("image", "rejected", "corrupt"),
                ],
                "failed",
                "all_failed:corrupt",
            ),
        ],
    )
    def test_of_what_came_of_the_urls(self, world: World, urls: list, status: str, error: str | None) -> None:
        job_id = prepare(world, urls)
        assert settle(world, job_id) == status
        job = world.job(job_id)
        assert (job.status, job.error, job.urls_total) == (status, error, len(urls))

    def test_stopping_job_is_stopped_and_its_waiting_chunks_cancelled(self, world: World) -> None:
        job_id = prepare(world, [("image", "stored", None)], status="stopping")
        world.rows(
            "insert into job_chunks (crawl_job_id, seq, kind, state) values (%s, 1, 'fetch', 'dispatched')",
            job_id,
        )
        assert settle(world, job_id) == "stopped"
        assert [chunk.state for chunk in world.chunks(job_id)] == ["done", "cancelled"]

    def test_counters_are_counted_afresh(self, world: World) -> None:
        job_id = prepare(world, [("image", "stored", None), ("image", "duplicate", None)])
        world.rows("update crawl_jobs set images_stored = 99, urls_done = 7")
        settle(world, job_id)
        job = world.job(job_id)
        assert (job.images_stored, job.images_duplicate, job.urls_done) == (1, 1, 2)


class TestOnce:
    @pytest.mark.parametrize("state", ["pending", "dispatched", "running"])
    def test_job_with_an_open_chunk_goes_on(self, world: World, state: str) -> None:
        job_id = prepare(world, [("image", "stored", None)])
        world.rows(
            "insert into job_chunks (crawl_job_id, seq, kind, state) values (%s, 1, 'fetch', %s)",
            job_id,
            state,
        )
        assert settle(world, job_id) is None
        assert world.job(job_id).status == "running"

    def test_ten_at_once_finish_it_once(self, world: World) -> None:
        job_id = prepare(world, [("image", "stored", None)])
        verdicts: list[str | None] = []
        threads = [threading.Thread(target=lambda: verdicts.append(settle(world, job_id))) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(verdicts, key=str) == [None] * 9 + ["completed"]
        assert world.job(job_id).version == 1
