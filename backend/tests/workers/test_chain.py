"""Outbox, scheduler, Redis, Celery worker, chunk, images: as real as in production."""

from backend.tests.crawler.pictures import jpeg
from backend.tests.crawler.site import Site
from backend.tests.workers.conftest import Stack, World


def serve_pictures(site: Site, count: int, directory: str = "cats") -> list[str]:
    return [site.serve(f"/{directory}/{seed}.jpg", jpeg(seed, 320, 240)) for seed in range(count)]


class TestWholeJob:
    def test_url_list_becomes_images(self, world: World, stack: Stack, site: Site) -> None:
        urls = serve_pictures(site, 6)
        stack.worker()
        stack.scheduler()
        job = world.wait_for(world.begin(urls))
        assert (job.status, job.images_stored, job.urls_total, job.urls_done) == ("completed", 6, 6, 6)
        assert {image.label for image in world.images()} == {"cats"}
