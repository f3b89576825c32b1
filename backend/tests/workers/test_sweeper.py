import os
import time
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest

from backend.exports.build import build_export
from backend.storage import export_key, original_key, thumbnail_key
from backend.tests.crawler.site import Site
from backend.tests.workers.conftest import World
from backend.tests.workers.work import Build, serve, work_off
from backend.workers.sweeper import Sweeper


@pytest.fixture
def sweeper(world: World) -> Sweeper:
    return Sweeper(world.engine, world.storage)


def files(storage_path: Path) -> list[Path]:
    return [path for path in storage_path.rglob("*") if path.is_file()]


def pass_two_hours(storage_path: Path) -> None:
    moment = time.time() - 7200
    for path in files(storage_path):
        os.utime(path, (moment, moment))


def leave_unreferenced(world: World, content: bytes = b"near copy") -> str:
    digest = sha256(content).hexdigest()
    world.storage.put(original_key(digest), content)
    world.storage.put(thumbnail_key(digest), b"small")
    return digest


class TestRemoved:
    def test_image_that_got_no_row(self, world: World, sweeper: Sweeper, storage_path: Path) -> None:
        leave_unreferenced(world)
        pass_two_hours(storage_path)
        assert sweeper.run() == 2
        assert files(storage_path) == []

    def test_images_and_archives_of_a_deleted_project(
        self, world: World, workplace: Build, site: Site, sweeper: Sweeper, storage_path: Path
    ) -> None:
        work_off(world, workplace(), world.begin(serve(site, 2)))
        build_export(world.export(), world.engine, world.storage)
        world.rows("delete from projects")
        pass_two_hours(storage_path)
        assert sweeper.run() == 5
        assert files(storage_path) == []

    def test_write_that_a_crash_broke_off(self, world: World, sweeper: Sweeper, storage_path: Path) -> None:
        leave_unreferenced(world)
        (storage_path / "originals" / ".partial-abc").write_bytes(b"half")
        (storage_path / "exports").mkdir()
        (storage_path / "exports" / ".partial-def").write_bytes(b"half")
        pass_two_hours(storage_path)
        assert sweeper.run() == 4
        assert files(storage_path) == []

    def test_everything_in_several_turns(self, world: World, sweeper: Sweeper, storage_path: Path) -> None:
        for number in range(10):
            leave_unreferenced(world, bytes([number]))
        pass_two_hours(storage_path)
        sweeper.files_per_turn = 7
        assert [sweeper.run() for _ in range(4)] == [7, 7, 6, 0]


class TestKept:
    def test_young_file(self, world: World, sweeper: Sweeper, storage_path: Path) -> None:
        digest = leave_unreferenced(world)
        assert sweeper.run() == 0
        assert world.storage.exists(original_key(digest))

    def test_whatever_a_row_points_to(
        self, world: World, workplace: Build, site: Site, sweeper: Sweeper, storage_path: Path
    ) -> None:
        """Also of images thrown out, which may come back, and of an archive that is not recorded yet."""
        work_off(world, workplace(), world.begin(serve(site, 3)))
        world.rows("update images set deleted_at = now() where seq = (select min(seq) from images)")
        build_export(world.export(), world.engine, world.storage)
        pending = world.export()
        with world.storage.writer(export_key(pending)) as file:
            file.write(b"archive")
        before = files(storage_path)
        pass_two_hours(storage_path)
        assert sweeper.run() == 0
        assert files(storage_path) == before
        assert len(before) == 8

    def test_file_that_somebody_stores_again_between_look_and_removal(
        self, world: World, workplace: Build, site: Site, sweeper: Sweeper, storage_path: Path
    ) -> None:
        job_id = world.begin(serve(site, 1))
        work_off(world, workplace(), job_id)
        (image,) = world.images()
        world.rows("delete from projects")
        pass_two_hours(storage_path)
        names = list(world.storage.stale(3600))
        world.project_id = uuid4()
        world.rows(
            "insert into projects (id, user_id, name) values (%s, %s, '2')", world.project_id, world.user_id
        )
        work_off(world, workplace(), world.begin([site.url("/cats/0.jpg")]))
        assert [world.storage.delete_stale(name, 3600) for name in names] == [False, False]
        assert world.storage.exists(original_key(image.sha256))
        assert world.storage.exists(thumbnail_key(image.sha256))
        pass_two_hours(storage_path)
        assert sweeper.run() == 0

    def test_foreign_file(self, world: World, sweeper: Sweeper, storage_path: Path) -> None:
        storage_path.mkdir()
        (storage_path / "notes.txt").write_text("mine")
        pass_two_hours(storage_path)
        assert sweeper.run() == 0
        assert len(files(storage_path)) == 1
