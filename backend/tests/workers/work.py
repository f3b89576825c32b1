"""What many tests do: put pictures on the site, work off a job in this process."""

from collections.abc import Callable
from uuid import UUID

from backend.tests.crawler.pictures import jpeg
from backend.tests.crawler.site import Site
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
