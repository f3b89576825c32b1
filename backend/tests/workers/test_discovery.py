import threading

from backend.crawler import Candidate
from backend.tests.crawler.pictures import jpeg
from backend.tests.crawler.site import Exchange, Site
from backend.tests.workers.conftest import World
from backend.tests.workers.work import Build, serve, work_off
from backend.workers.chunks import crawl_chunk
from backend.workers.discovery import storable


def page(site: Site, path: str, images: list[str]) -> str:
    body = "".join(f'<figure><img src="{url}" alt="picture {n}"></figure>' for n, url in enumerate(images))
    return site.serve(path, f"<html><body>{body}</body></html>".encode(), Content_Type="text/html")


class TestPage:
    def test_page_becomes_url_rows_and_chunks_of_fifty(
        self, world: World, workplace: Build, site: Site
    ) -> None:
        url = page(site, "/gallery", [site.url(f"/dogs/{n}.jpg") for n in range(120)])
        job_id = world.begin([url], "web_page")
        world.rows("truncate outbox")
        crawl_chunk(world.chunks(job_id)[0].id, workplace())
        chunks = world.chunks(job_id)
        assert [(chunk.kind, chunk.state) for chunk in chunks] == [("discover", "done")] + [
            ("fetch", "pending")
        ] * 3
        sizes = world.rows(
            "select count(*) from crawl_urls where kind = 'image' group by chunk_id order by 1"
        )
        assert [row.count for row in sizes] == [20, 50, 50]
        announced = world.rows("select payload ->> 'chunk_id' as id from outbox order by outbox.id")
        assert [row.id for row in announced] == [str(chunk.id) for chunk in chunks[1:]]
        job = world.job(job_id)
        assert (job.status, job.urls_total, job.urls_done) == ("running", 121, 1)
        found = world.urls(job_id)[1]
        assert (found.source_page, found.alt_text, found.state) == (url, "picture 0", "pending")

    def test_whole_job_from_a_page(self, world: World, workplace: Build, site: Site) -> None:
        url = page(site, "/gallery", serve(site, 3, "dogs"))
        job_id = world.begin([url], "web_page")
        work_off(world, workplace(), job_id)
        job = world.job(job_id)
        assert (job.status, job.images_stored, job.urls_done, job.urls_total) == ("completed", 3, 4, 4)
        assert {(image.label, image.source_page) for image in world.images()} == {("dogs", url)}

    def test_image_on_two_pages_is_fetched_once(self, world: World, workplace: Build, site: Site) -> None:
        shared = serve(site, 1)
        pages = [page(site, f"/{name}", shared) for name in ("a", "b")]
        job_id = world.begin(pages, "web_page")
        work_off(world, workplace(), job_id)
        job = world.job(job_id)
        assert (job.status, job.images_stored, job.urls_total) == ("completed", 1, 3)
        assert site.asked("/cats/0.jpg") == 1

    def test_page_without_images_is_rejected_with_that_reason(
        self, world: World, workplace: Build, site: Site
    ) -> None:
        job_id = world.begin([page(site, "/empty", [])], "web_page")
        work_off(world, workplace(), job_id)
        (row,) = world.urls(job_id)
        assert (row.kind, row.state, row.reason) == ("page", "rejected", "no_images")
        assert (world.job(job_id).status, world.job(job_id).error) == ("failed", "no_images")

    def test_unreachable_page_fails_with_a_reason_and_can_be_retried(
        self, world: World, workplace: Build, site: Site
    ) -> None:
        url = site.serve("/gallery", b"", status=503)
        job_id = world.begin([url], "web_page")
        work_off(world, workplace(), job_id)
        (row,) = world.urls(job_id)
        assert (row.state, row.reason, row.http_status) == ("failed", "server_error", 503)
        assert (world.job(job_id).status, world.job(job_id).error) == ("failed", "all_failed:server_error")
        page(site, "/gallery", serve(site, 2))
        world.retry(job_id)
        work_off(world, workplace(), job_id)
        assert (world.job(job_id).status, world.job(job_id).images_stored) == ("completed", 2)

    def test_address_of_an_image_given_as_a_page_is_fetched(
        self, world: World, workplace: Build, site: Site
    ) -> None:
        url = site.serve("/birds/1.jpg", jpeg(1))
        job_id = world.begin([url], "web_page")
        work_off(world, workplace(), job_id)
        (row,) = world.urls(job_id)
        assert (row.kind, row.state) == ("image", "stored")
        assert (world.job(job_id).status, world.job(job_id).urls_done) == ("completed", 1)

    def test_stop_while_a_page_hangs(self, world: World, workplace: Build, site: Site) -> None:
        asked = threading.Event()

        def hang(_: Exchange) -> None:
            asked.set()
            site.closing.wait(20)

        job_id = world.begin([site.route("/slow", hang)], "web_page")
        place = workplace(heartbeat_seconds=0.3)
        thread = threading.Thread(target=crawl_chunk, args=(world.chunks(job_id)[0].id, place))
        thread.start()
        assert asked.wait(10)
        world.stop(job_id)
        world.wait_for(job_id, "stopped", seconds=5)
        thread.join(5)
        assert not thread.is_alive()
        assert [chunk.state for chunk in world.chunks(job_id)] == ["cancelled"]

    def test_pages_left_over_when_time_is_up_are_read_later(
        self, world: World, workplace: Build, site: Site
    ) -> None:
        job_id = world.begin([page(site, "/gallery", serve(site, 1))], "web_page")
        crawl_chunk(world.chunks(job_id)[0].id, workplace(chunk_seconds=-1))
        (chunk,) = world.chunks(job_id)
        assert (chunk.state, chunk.attempt) == ("pending", 0)
        work_off(world, workplace(), job_id)
        assert world.job(job_id).status == "completed"


class TestStorable:
    def test_drops_what_the_database_cannot_hold(self) -> None:
        kept = storable(
            [
                Candidate("http://a.test/1", alt_text="one\0two \ud800"),
                Candidate("http://a.test/1", alt_text="again"),
                Candidate("http://a.test/\0"),
                Candidate("http://a.test/\ud800"),
                Candidate("http://a.test/" + "x" * 3000),
                Candidate(""),
            ]
        )
        assert kept == [Candidate("http://a.test/1", alt_text="onetwo ")]
