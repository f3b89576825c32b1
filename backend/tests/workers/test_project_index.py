from uuid import uuid4

from backend.tests.crawler.site import Site
from backend.tests.workers.conftest import World
from backend.tests.workers.work import Build, serve, work_off
from backend.workers.project_index import IndexCache, StoredImages


class TestStoredImages:
    def test_reads_only_what_is_new(self, world: World, workplace: Build, site: Site) -> None:
        images = StoredImages(world.project_id)
        for first in (0, 10):
            work_off(world, workplace(), world.begin(serve(site, 5, first=first)))
            with world.engine.connect() as connection:
                images.refresh(connection)
        assert len(images) == 10
        rows = world.images()
        with world.engine.connect() as connection:
            found = [images.image_at(connection, images.find_near(row.phash) or 0) for row in rows]
        assert found == [row.id for row in rows]

    def test_knows_nothing_of_other_projects(self, world: World, workplace: Build, site: Site) -> None:
        work_off(world, workplace(), world.begin(serve(site, 2)))
        other = StoredImages(uuid4())
        with world.engine.connect() as connection:
            other.refresh(connection)
        assert len(other) == 0
        assert other.find_near(0) is None


class TestCache:
    def test_keeps_the_latest_and_lends_each_once(self) -> None:
        cache, projects = IndexCache(capacity=2), [uuid4() for _ in range(3)]
        kept = [cache.take(project) for project in projects]
        for index in kept:
            cache.keep(index)
        assert cache.take(projects[0]) is not kept[0]
        assert cache.take(projects[2]) is kept[2]
        assert cache.take(projects[2]) is not kept[2]
