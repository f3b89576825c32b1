import hashlib
import io
import json
import threading
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from PIL import Image
from sqlalchemy.exc import OperationalError

from backend.exports.build import build_export
from backend.storage import LocalStorage, export_key, original_key
from backend.tests.crawler.site import Site
from backend.tests.workers.conftest import World
from backend.tests.workers.work import Build, serve, work_off


@pytest.fixture
def filled(world: World, workplace: Build, site: Site) -> World:
    work_off(world, workplace(), world.begin(serve(site, 6, "owls") + serve(site, 4, "hawks", first=10)))
    return world


def build(world: World) -> tuple[Any, zipfile.ZipFile]:
    export_id = world.export()
    build_export(export_id, world.engine, world.storage)
    (export,) = world.rows("select * from exports where id = %s", export_id)
    return export, zipfile.ZipFile(io.BytesIO(world.storage.get(export.storage_key)))


class TestReady:
    def test_archive_holds_the_project_s_images(self, filled: World) -> None:
        export, archive = build(filled)
        assert (export.status, export.image_count, export.error) == ("ready", 10, None)
        assert export.finished_at is not None
        assert export.bytes == filled.storage.size(export.storage_key)
        pictures = [name for name in archive.namelist() if "/" in name]
        assert [name.split("/")[0] for name in pictures] == ["hawks"] * 4 + ["owls"] * 6
        assert all(Image.open(archive.open(name)).size == (160, 120) for name in pictures)

    def test_two_exports_of_the_same_images_are_the_same_bytes(self, filled: World) -> None:
        first, second = build(filled)[0], build(filled)[0]
        assert (first.version, second.version) == (1, 2)
        assert first.sha256 == second.sha256

    def test_deleted_images_are_absent(self, filled: World) -> None:
        gone = filled.images()[0]
        filled.rows("update images set deleted_at = now() where id = %s", gone.id)
        export, archive = build(filled)
        assert export.image_count == 9
        lines = [json.loads(line) for line in archive.read("metadata.jsonl").splitlines()]
        assert gone.sha256 not in {line["sha256"] for line in lines}

    def test_who_listens_is_told(self, filled: World) -> None:
        with psycopg.connect(filled.dsn, autocommit=True) as listener:
            listener.execute("listen export")
            export, _ = build(filled)
            (notice,) = listener.notifies(timeout=5, stop_after=1)
        assert notice.payload == str(export.id)


class TestTwice:
    def test_finished_export_is_not_built_again(self, filled: World) -> None:
        export, _ = build(filled)
        filled.rows("update images set deleted_at = now()")
        build_export(export.id, filled.engine, filled.storage)
        assert filled.rows("select * from exports where id = %s", export.id) == [export]

    def test_two_builders_at_once_give_one_archive(self, filled: World) -> None:
        export_id = filled.export()
        threads = [
            threading.Thread(target=build_export, args=(export_id, filled.engine, filled.storage))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (export,) = filled.rows("select * from exports")
        assert export.status == "ready"


class TestFailed:
    def test_missing_file_is_said_and_leaves_no_archive(self, filled: World) -> None:
        filled.storage.delete(original_key(filled.images()[3].sha256))
        export_id = filled.export()
        build_export(export_id, filled.engine, filled.storage)
        (export,) = filled.rows("select * from exports")
        assert (export.status, export.error, export.storage_key) == ("failed", "missing_file", None)
        assert not filled.storage.exists(f"exports/{export_id}.zip")


def change_while_building(world: World, storage_path: Path, change: Callable[[], object]) -> UUID:
    """`change` happens when the first picture is read, which is in the middle of the archive."""

    class Changing(LocalStorage):
        is_changed = False

        def get(self, key: str) -> bytes:
            if not self.is_changed:
                self.is_changed = True
                change()
            return super().get(key)

    export_id = world.export()
    build_export(export_id, world.engine, Changing(storage_path))
    return export_id


class TestNoLongerWanted:
    @pytest.mark.parametrize(
        "change",
        [
            "delete from exports",
            "delete from projects",
            "update exports set status = 'failed', error = 'not built in time'",
        ],
    )
    def test_archive_of_an_export_that_went_meanwhile_is_not_kept(
        self, filled: World, storage_path: Path, change: str
    ) -> None:
        export_id = change_while_building(filled, storage_path, lambda: filled.rows(change))
        assert not filled.storage.exists(export_key(export_id))
        assert [row.status for row in filled.rows("select status from exports")] in ([], ["failed"])

    def test_image_deleted_and_second_hint_meanwhile_change_nothing(
        self, filled: World, storage_path: Path
    ) -> None:
        def change() -> None:
            (export,) = filled.rows("select id from exports")
            filled.rows("update images set deleted_at = now() where label = 'owls'")
            build_export(export.id, filled.engine, filled.storage)

        export_id = change_while_building(filled, storage_path, change)
        (export,) = filled.rows("select * from exports")
        content = filled.storage.get(export_key(export_id))
        assert (export.status, export.image_count) == ("ready", 10)
        assert (export.bytes, export.sha256) == (len(content), hashlib.sha256(content).hexdigest())

    def test_builder_that_lost_its_connection_leaves_no_archive(
        self, filled: World, storage_path: Path
    ) -> None:
        def cut() -> None:
            filled.rows(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'"
            )

        with pytest.raises(OperationalError):
            change_while_building(filled, storage_path, cut)
        (export,) = filled.rows("select * from exports")
        assert export.status == "pending"
        assert not list((storage_path / "exports").iterdir())
        build_export(export.id, filled.engine, filled.storage)
        assert filled.rows("select status from exports") == [("ready",)]

    def test_hint_for_an_export_that_never_was_is_passed_over(self, world: World) -> None:
        build_export(uuid4(), world.engine, world.storage)
        assert world.rows("select * from exports") == []


class TestEmptyProject:
    def test_gives_an_archive_without_images(self, world: World) -> None:
        export, archive = build(world)
        assert (export.status, export.image_count) == ("ready", 0)
        assert archive.testzip() is None


class TestMemory:
    def test_does_not_grow_with_the_number_of_images(self, filled: World) -> None:
        # Two thousand rows that share ten files: what counts is rows, not bytes.
        unique = "constraint images_project_id_sha256_unique"
        filled.rows(f"alter table images drop {unique}")
        try:
            filled.rows(
                "insert into images"
                " (project_id, user_id, sha256, phash, width, height, format, bytes, source_url, fetched_at)"
                " select project_id, user_id, sha256, phash, width, height, format, bytes, source_url,"
                " fetched_at from images cross join generate_series(1, 200)"
            )
            tracemalloc.start()
            export, _ = build(filled)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            filled.rows("truncate images cascade")
            filled.rows(f"alter table images add {unique} unique (project_id, sha256)")
        assert export.image_count == 2010
        assert peak < 32 * 1024 * 1024
