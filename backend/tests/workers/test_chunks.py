"""Chunks, run in this process against a real database and a real site."""

import threading

from backend.storage import original_key, thumbnail_key
from backend.tests.crawler.pictures import encoded, jpeg, picture
from backend.tests.crawler.site import Exchange, Site, answer
from backend.tests.workers.conftest import World, eventually
from backend.tests.workers.work import Build, serve, work_off
from backend.workers.chunks import crawl_chunk
from backend.workers.reconciler import Reconciler
from backend.workers.timing import Timing


class TestOutcomes:
    def test_every_url_ends_with_one_state_and_its_reason(
        self, world: World, workplace: Build, site: Site
    ) -> None:
        good = site.serve("/cats/good.jpg", jpeg(1))
        html = site.serve("/cats/page.jpg", b"<html>", Content_Type="text/html")
        tiny = site.serve("/cats/tiny.jpg", jpeg(2, 20, 20))
        torn = site.serve("/cats/torn.jpg", jpeg(3)[:-2000])
        broken = site.serve("/cats/broken.jpg", b"", status=500)
        gone = site.url("/cats/gone.jpg")
        forbidden = "http://10.0.0.1/x.jpg"
        job_id = world.begin([good, html, tiny, torn, broken, gone, forbidden])
        work_off(world, workplace(), job_id)
        found = {url.url: (url.state, url.reason, url.http_status) for url in world.urls(job_id)}
        assert found == {
            good: ("stored", None, 200),
            html: ("rejected", "not_an_image", 200),
            tiny: ("rejected", "too_small", 200),
            torn: ("rejected", "corrupt", 200),
            broken: ("failed", "server_error", 500),
            gone: ("rejected", "not_found", 404),
            forbidden: ("rejected", "address_forbidden", None),
        }
        job = world.job(job_id)
        assert (job.status, job.error) == ("completed", None)
        assert (job.urls_total, job.urls_done) == (7, 7)
        assert (job.images_stored, job.images_duplicate, job.urls_rejected, job.urls_failed) == (1, 0, 5, 1)
        assert job.version > 1
        assert job.finished_at is not None

    def test_image_row_tells_where_it_came_from(self, world: World, workplace: Build, site: Site) -> None:
        content = jpeg(5, 320, 240)
        url = site.serve("/zoo/red%20panda/1.jpg", content)
        job_id = world.begin([url])
        work_off(world, workplace(), job_id)
        (image,) = world.images()
        assert (image.label, image.source_url, image.crawl_job_id) == ("red panda", url, job_id)
        assert (image.width, image.height, image.format, image.bytes) == (320, 240, "jpeg", len(content))
        assert world.storage.get(original_key(image.sha256)) == content
        assert world.storage.exists(thumbnail_key(image.sha256))
        assert world.urls(job_id)[0].image_id == image.id

    def test_label_of_the_job_wins(self, world: World, workplace: Build, site: Site) -> None:
        job_id = world.begin(serve(site, 1), label="lynx")
        work_off(world, workplace(), job_id)
        assert world.images()[0].label == "lynx"

    def test_job_without_any_image_fails_with_the_commonest_reason(
        self, world: World, workplace: Build, site: Site
    ) -> None:
        broken = site.serve("/broken.jpg", b"", status=503)
        job_id = world.begin([site.url("/a.jpg"), site.url("/b.jpg"), broken])
        work_off(world, workplace(), job_id)
        job = world.job(job_id)
        assert (job.status, job.error) == ("failed", "all_failed:not_found")

    def test_retry_fetches_only_what_failed(self, world: World, workplace: Build, site: Site) -> None:
        good, late = site.serve("/good.jpg", jpeg(1)), site.serve("/late.jpg", b"", status=500)
        job_id = world.begin([good, late])
        work_off(world, workplace(), job_id)
        site.serve("/late.jpg", jpeg(2))
        world.retry(job_id)
        work_off(world, workplace(), job_id)
        job = world.job(job_id)
        assert (job.status, job.images_stored, job.urls_failed, job.urls_done) == ("completed", 2, 0, 2)
        assert site.asked("/good.jpg") == 1


class TestDuplicates:
    def test_same_bytes_are_stored_once(self, world: World, workplace: Build, site: Site) -> None:
        urls = [site.serve(f"/copy/{number}.jpg", jpeg(7)) for number in range(3)]
        job_id = world.begin(urls)
        work_off(world, workplace(), job_id)
        (image,) = world.images()
        assert sorted(url.state for url in world.urls(job_id)) == ["duplicate", "duplicate", "stored"]
        assert {url.image_id for url in world.urls(job_id)} == {image.id}

    def test_near_copies_are_stored_once(self, world: World, workplace: Build, site: Site) -> None:
        original = picture(8)
        edits = [encoded(original, quality=90), encoded(original, quality=60), encoded(original, "WEBP")]
        edits.append(encoded(original.resize((320, 240)), quality=85))
        urls = [site.serve(f"/near/{number}", content) for number, content in enumerate(edits)]
        job_id = world.begin(urls)
        work_off(world, workplace(), job_id)
        job = world.job(job_id)
        assert (job.images_stored, job.images_duplicate, job.status) == (1, 3, "completed")
        assert {url.image_id for url in world.urls(job_id)} == {world.images()[0].id}

    def test_later_job_finds_the_project_s_images(self, world: World, workplace: Build, site: Site) -> None:
        place = workplace()
        work_off(world, place, world.begin(serve(site, 2)))
        again = [
            site.serve("/again/0.jpg", jpeg(0, 160, 120)),
            site.serve("/again/1.png", encoded(picture(1), "PNG")),
        ]
        job_id = world.begin(again)
        work_off(world, place, job_id)
        job = world.job(job_id)
        assert (job.status, job.images_stored, job.images_duplicate) == ("completed", 0, 2)
        assert len(world.images()) == 2

    def test_deleted_image_does_not_come_back(self, world: World, workplace: Build, site: Site) -> None:
        work_off(world, workplace(), world.begin(serve(site, 1)))
        world.rows("update images set deleted_at = now()")
        near = site.serve("/again.png", encoded(picture(0, 160, 120), "PNG"))
        work_off(world, workplace(), world.begin([near, site.url("/cats/0.jpg")]))
        assert len(world.images()) == 1

    def test_two_chunks_at_once_store_a_copy_once(self, world: World, workplace: Build, site: Site) -> None:
        """Fifty pictures, each in two chunks as bytes or as a near copy; both chunks run at the same time."""
        firsts = serve(site, 50, "first")
        copies = [site.serve(f"/exact/{seed}.jpg", jpeg(seed, 160, 120)) for seed in range(25)]
        copies += [
            site.serve(f"/near/{seed}.jpg", jpeg(seed, 160, 120, quality=55)) for seed in range(25, 50)
        ]
        job_id = world.begin(firsts + copies)
        chunks = world.chunks(job_id)
        assert len(chunks) == 2
        threads = [
            threading.Thread(target=crawl_chunk, args=(chunk.id, workplace(batch_results=3)))
            for chunk in chunks
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        job = world.job(job_id)
        assert (job.status, job.images_stored, job.images_duplicate) == ("completed", 50, 50)
        assert len(world.images()) == 50


class TestLimit:
    def test_max_images_is_exact_with_two_chunks_at_once(
        self, world: World, workplace: Build, site: Site
    ) -> None:
        job_id = world.begin(serve(site, 100), max_images=37)
        threads = [
            threading.Thread(target=crawl_chunk, args=(chunk.id, workplace(batch_results=5)))
            for chunk in world.chunks(job_id)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        job = world.job(job_id)
        assert (job.status, job.images_stored, job.urls_rejected, job.urls_done) == ("completed", 37, 63, 100)
        assert len(world.images()) == 37
        rejected = [url.reason for url in world.urls(job_id) if url.state == "rejected"]
        assert set(rejected) == {"limit_reached"}

    def test_waiting_chunks_are_not_fetched_once_the_job_is_full(
        self, world: World, workplace: Build, site: Site
    ) -> None:
        job_id = world.begin(serve(site, 60), max_images=10)
        crawl_chunk(world.chunks(job_id)[0].id, workplace())
        assert [chunk.state for chunk in world.chunks(job_id)] == ["done", "done"]
        assert world.job(job_id).status == "completed"
        assert not any(site.asked(f"/cats/{seed}.jpg") for seed in range(50, 60))


class TestStop:
    def test_stop_aborts_transfers_within_seconds(self, world: World, workplace: Build, site: Site) -> None:
        held = threading.Event()

        def hang(exchange: Exchange) -> None:
            held.set()
            site.closing.wait(20)
            answer(exchange, 200, jpeg(1))

        urls = [site.serve("/quick.jpg", jpeg(0)), site.route("/slow/1.jpg", hang)]
        job_id = world.begin(urls)
        place = workplace(heartbeat_seconds=0.5)
        thread = threading.Thread(target=crawl_chunk, args=(world.chunks(job_id)[0].id, place))
        thread.start()
        assert held.wait(10)
        world.stop(job_id)
        job = world.wait_for(job_id, "stopped", seconds=5)
        thread.join(5)
        assert not thread.is_alive()
        assert job.finished_at is not None
        assert [chunk.state for chunk in world.chunks(job_id)] == ["cancelled"]
        assert [url.state for url in world.urls(job_id)] == ["stored", "pending"]

    def test_chunk_of_a_stopped_job_is_not_claimed(self, world: World, workplace: Build, site: Site) -> None:
        job_id = world.begin(serve(site, 1))
        world.stop(job_id)
        crawl_chunk(world.chunks(job_id)[0].id, workplace())
        assert site.requests == []


class TestTwice:
    def test_finished_chunk_is_left_alone(self, world: World, workplace: Build, site: Site) -> None:
        job_id = world.begin(serve(site, 3))
        chunk_id = world.chunks(job_id)[0].id
        crawl_chunk(chunk_id, workplace())
        before = world.job(job_id)
        crawl_chunk(chunk_id, workplace())
        assert world.job(job_id) == before
        assert site.asked("/cats/0.jpg") == 1

    def test_same_chunk_twice_at_once_is_worked_once(
        self, world: World, workplace: Build, site: Site
    ) -> None:
        job_id = world.begin(serve(site, 20))
        chunk_id = world.chunks(job_id)[0].id
        threads = [threading.Thread(target=crawl_chunk, args=(chunk_id, workplace(name))) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert world.job(job_id).images_stored == 20
        assert [chunk.attempt for chunk in world.chunks(job_id)] == [1]
        assert all(site.asked(f"/cats/{seed}.jpg") == 1 for seed in range(20))


class TestHandingBack:
    def test_stopping_worker_returns_the_rest_of_its_chunk(
        self, world: World, workplace: Build, site: Site
    ) -> None:
        held, leave = threading.Event(), threading.Event()

        def hang(exchange: Exchange) -> None:
            held.set()
            site.closing.wait(20)

        quick = site.serve("/quick.jpg", jpeg(0))
        job_id = world.begin([quick, site.route("/slow.jpg", hang)])
        chunk_id = world.chunks(job_id)[0].id
        place = workplace(is_stopping=leave.is_set, batch_seconds=0.05)
        thread = threading.Thread(target=crawl_chunk, args=(chunk_id, place))
        thread.start()
        assert held.wait(10)
        eventually(lambda: world.job(job_id).images_stored, lambda stored: stored == 1)
        world.rows("truncate outbox")
        leave.set()
        thread.join(5)
        assert not thread.is_alive()
        (chunk,) = world.chunks(job_id)
        assert (chunk.state, chunk.attempt, chunk.lease_owner) == ("pending", 0, None)
        assert (
            world.value("select count(*) from outbox where payload ->> 'chunk_id' = %s", str(chunk_id)) == 1
        )
        site.serve("/slow.jpg", jpeg(1))
        work_off(world, workplace(), job_id)
        assert world.job(job_id).images_stored == 2
        assert site.asked("/quick.jpg") == 1

    def test_chunk_without_time_left_goes_to_the_back_of_the_queue(
        self, world: World, workplace: Build, site: Site
    ) -> None:
        job_id = world.begin(serve(site, 30))
        crawl_chunk(world.chunks(job_id)[0].id, workplace(chunk_seconds=0))
        assert world.chunks(job_id)[0].state == "pending"
        work_off(world, workplace(), job_id)
        assert world.job(job_id).images_stored == 30


class TestPoison:
    def test_deadly_url_takes_no_other_with_it(self, world: World, workplace: Build, site: Site) -> None:
        """From the third attempt on URLs are taken one by one, the least tried first."""
        good = serve(site, 4)
        asked = threading.Event()

        def deadly(_: Exchange) -> None:
            asked.set()
            site.closing.wait(20)

        job_id = world.begin([good[0], site.route("/deadly.jpg", deadly), *good[1:]])
        chunk_id = world.chunks(job_id)[0].id
        for attempt in (2, 3, 4):
            asked.clear()
            world.rows("update job_chunks set attempt = %s, state = 'pending'", attempt)
            thread = threading.Thread(target=crawl_chunk, args=(chunk_id, workplace(heartbeat_seconds=0.2)))
            thread.start()
            # The worker "dies" as soon as it touches the URL.
            assert asked.wait(10)
            world.rows("update job_chunks set fence = fence + 1")
            thread.join(5)
        world.rows("update job_chunks set lease_until = now() - interval '1 second'")
        Reconciler(world.engine, Timing()).run()
        found = {url.url: (url.state, url.reason) for url in world.urls(job_id)}
        assert found.pop(site.url("/deadly.jpg")) == ("failed", "chunk_abandoned")
        assert list(found.values()) == [("stored", None)] * 4
        assert world.job(job_id).status == "completed"
