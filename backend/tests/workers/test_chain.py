"""Outbox, scheduler, Redis, Celery worker, chunk, images, export: processes as the Procfile starts them."""

import io
import os
import signal
import time
import zipfile
from pathlib import Path

import redis
from PIL import Image

from backend.tests.crawler.site import Site
from backend.tests.workers.conftest import Stack, World, eventually
from backend.tests.workers.work import assert_whole, serve, serve_slowly
from env.services.places import free_port
from env.services.redis.server import server_command


class TestWholeWay:
    def test_from_a_page_to_a_dataset(
        self, world: World, stack: Stack, site: Site, redis_server: str
    ) -> None:
        pictures = "".join(f'<img src="{url}">' for url in serve(site, 60, "dogs"))
        page = site.serve("/dogs", f"<html><body>{pictures}</body></html>".encode(), Content_Type="text/html")
        worker, scheduler = stack.up()
        with redis.Redis.from_url(f"{redis_server}/0") as cache:
            assert 0 < cache.ttl("pixcrawler:worker:one@test") <= 15

        job = world.wait_for(world.begin([page], "web_page"))
        assert (job.status, job.images_stored, job.urls_done, job.urls_total) == ("completed", 60, 61, 61)
        export_id = world.export()
        (export,) = eventually(
            lambda: world.rows("select * from exports where id = %s", export_id),
            lambda rows: rows[0].status != "pending",
        )
        assert (export.status, export.image_count) == ("ready", 60)
        archive = zipfile.ZipFile(io.BytesIO(world.storage.get(export.storage_key)))
        opened = [
            Image.open(archive.open(name)).size for name in archive.namelist() if name.startswith("dogs/")
        ]
        assert opened == [(160, 120)] * 60

        started = time.monotonic()
        scheduler.terminate()
        assert scheduler.wait(10) == 0
        assert time.monotonic() - started < 2
        worker.terminate()
        assert worker.wait(10) == 0
        with redis.Redis.from_url(f"{redis_server}/0") as cache:
            assert not cache.exists("pixcrawler:worker:one@test")


class TestFaults:
    def test_killed_worker_s_chunk_is_finished_by_another(
        self, world: World, stack: Stack, site: Site
    ) -> None:
        victim, _ = stack.up(concurrency=1)
        job_id = world.begin(serve_slowly(site, 40, 0.25))
        eventually(lambda: world.job(job_id).images_stored, lambda stored: 0 < stored < 40)
        os.killpg(victim.pid, signal.SIGKILL)
        stack.another_worker("heir")
        world.wait_for(job_id)
        assert_whole(world, job_id, 40)
        (chunk,) = world.chunks(job_id)
        assert (chunk.state, chunk.attempt) == ("done", 2)

    def test_terminated_worker_hands_its_chunk_back_at_once(
        self, world: World, stack: Stack, site: Site
    ) -> None:
        worker, _ = stack.up(concurrency=1)
        job_id = world.begin(serve_slowly(site, 40, 0.25))
        eventually(lambda: world.job(job_id).images_stored, lambda stored: 0 < stored < 40)
        worker.terminate()
        assert worker.wait(10) == 0
        (chunk,) = world.chunks(job_id)
        assert chunk.state in ("pending", "dispatched")
        assert chunk.attempt == 0
        stack.another_worker("next")
        world.wait_for(job_id)
        assert_whole(world, job_id, 40)

    def test_restarted_redis_is_found_again(
        self, world: World, stack: Stack, site: Site, tmp_path: Path
    ) -> None:
        port = free_port()
        (tmp_path / "redis").mkdir()
        command = server_command(tmp_path / "redis", port, durable=False)
        server = stack.run(command)
        stack.environment |= {
            "REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "CELERY_BROKER_URL": f"redis://127.0.0.1:{port}/2",
        }
        stack.up(concurrency=1)
        first = world.begin(serve(site, 3, "before"))
        world.wait_for(first)
        server.kill()
        server.wait()
        second = world.begin(serve(site, 3, "during", first=10))
        eventually(lambda: stack.log("scheduler"), lambda log: "waits for an outage to end" in log)
        stack.run(command)
        assert world.wait_for(second).images_stored == 3
        assert stack.log("scheduler").count("waits for an outage to end") == 1
        assert "goes on after an outage" in stack.log("scheduler")
