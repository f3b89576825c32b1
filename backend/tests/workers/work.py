"""What many tests do: put pictures on the site, work off a job in this process."""

from collections.abc import Callable
from uuid import UUID

from backend.storage import original_key, thumbnail_key
from backend.tests.crawler.pictures import jpeg
from backend.tests.crawler.site import Exchange, Route, Site, answer
from backend.tests.workers.conftest import World
from backend.workers.chunks import crawl_chunk
from backend.workers.workplace import Workplace

Build = Callable[..., Workplace]


def serve(site: Site, count: int, directory: str = "cats", first: int = 0) -> list[str]:
    return [
        site.serve(f"/{directory}/{seed}.jpg", jpeg(seed, 160, 120)) for seed in range(first, first + count)
    ]


def work_off(world: World, place: Workplace, job_id: UUID) -> None:
    while waiting := [chunk for chunk in world.chunks(job_id) if chunk.state in ("pending", "dispatched")]:
        for chunk in waiting:
            crawl_chunk(chunk.id, place)


def serve_slowly(site: Site, count: int, seconds: float) -> list[str]:
    def slow(content: bytes) -> Route:
        def route(exchange: Exchange) -> None:
            site.closing.wait(seconds)
            answer(exchange, 200, content)

        return route

    return [site.route(f"/slow/{seed}.jpg", slow(jpeg(seed, 160, 120))) for seed in range(count)]


def assert_whole(world: World, job_id: UUID, count: int) -> None:
    """Every URL stored once, every row with its files, the counters true."""
    job = world.job(job_id)
    assert (job.status, job.images_stored, job.urls_done) == ("completed", count, count)
    assert [url.state for url in world.urls(job_id)] == ["stored"] * count
    images = world.images()
    assert len(images) == len({image.sha256 for image in images}) == count
    assert all(world.storage.exists(original_key(image.sha256)) for image in images)
    assert all(world.storage.exists(thumbnail_key(image.sha256)) for image in images)
