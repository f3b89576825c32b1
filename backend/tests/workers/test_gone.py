"""What a chunk works for disappears while it runs: it ends quietly and leaves no row."""

import threading
from pathlib import Path

import pytest

from backend.database.states import SourceType
from backend.tests.crawler.pictures import jpeg
from backend.tests.crawler.site import Exchange, Site, answer
from backend.tests.workers.conftest import World
from backend.tests.workers.work import Build, serve
from backend.workers.chunks import crawl_chunk
from backend.workers.reconciler import Reconciler
from backend.workers.timing import Timing


@pytest.mark.parametrize("thing", ["projects", "crawl_jobs", "job_chunks", "auth.users"])
@pytest.mark.parametrize("kind", ["url_list", "web_page"])
def test_chunk_ends_quietly(world: World, workplace: Build, site: Site, thing: str, kind: SourceType) -> None:
    asked, go = threading.Event(), threading.Event()

    def wait(exchange: Exchange) -> None:
        asked.set()
        go.wait(20)
        answer(exchange, 200, jpeg(1))

    job_id = world.begin([site.route("/late.jpg", wait), *serve(site, 3)], kind)
    chunk_id = world.chunks(job_id)[0].id
    errors: list[BaseException] = []

    def work() -> None:
        try:
            crawl_chunk(chunk_id, workplace())
        except BaseException as error:  # noqa: BLE001 -- the thread's, shown below
            errors.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    assert asked.wait(10)
    world.rows(f"delete from {thing}")  # noqa: S608
    go.set()
    worker.join(20)
    assert not worker.is_alive()
    assert errors == []
    assert world.rows("select * from job_chunks") == []
    Reconciler(world.engine, Timing()).run()
    assert [job.status for job in world.rows("select * from crawl_jobs")] in ([], ["completed"], ["failed"])


def test_storage_that_refuses_gives_the_chunk_back_and_later_finishes_it(
    world: World, workplace: Build, site: Site, storage_path: Path
) -> None:
    """As a full disk does: nothing half is left, and the job goes on once there is room."""
    job_id = world.begin(serve(site, 3))
    chunk_id = world.chunks(job_id)[0].id
    storage_path.write_bytes(b"no directory")
    with pytest.raises(OSError, match="directory"):
        crawl_chunk(chunk_id, workplace())
    assert world.images() == []
    assert "directory" in world.chunks(job_id)[0].last_error
    storage_path.unlink()
    Reconciler(world.engine, Timing()).run()
    crawl_chunk(chunk_id, workplace())
    job = world.job(job_id)
    assert (job.status, job.images_stored) == ("completed", 3)
