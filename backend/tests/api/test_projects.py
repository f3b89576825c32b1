import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg

from backend.storage import export_key
from backend.tests.world import Person, World, wait_until_gone


class TestCreate:
    def test_answers_with_the_project_and_its_address(self, ada: Person):
        response = ada.client.post("/projects", json={"name": "  Birds ", "description": "In the garden"})

        assert response.status_code == 201
        project = response.json()
        assert project["name"] == "Birds"
        assert project["image_count"] == 0
        assert response.headers["location"] == f"/api/v1/projects/{project['id']}"
        assert ada.client.get(f"/projects/{project['id']}").json() == project

    def test_refuses_what_is_not_a_name(self, ada: Person):
        for name in ("", "   ", "x" * 121, "a\x00b", 7, None):
            response = ada.client.post("/projects", json={"name": name})
            assert response.status_code == 422, name
            assert response.json()["errors"][0]["field"] == "name"

    def test_refuses_members_it_does_not_know(self, ada: Person, eve: Person):
        response = ada.client.post("/projects", json={"name": "Birds", "user_id": str(eve.id)})

        assert response.status_code == 422
        assert "user_id" not in response.text


class TestList:
    def test_shows_only_ones_own_newest_first(self, ada: Person, eve: Person):
        eve.project("Hers")
        names = ["First", "Second", "Third"]
        for name in names:
            ada.project(name)

        page = ada.client.get("/projects").json()

        assert [item["name"] for item in page["items"]] == names[::-1]
        assert page["next_cursor"] is None

    def test_pages_hold_everything_once(self, ada: Person):
        wanted = {ada.project(str(number)) for number in range(7)}
        found, cursor = [], None
        while True:
            parameters = {"limit": 3, **({"cursor": cursor} if cursor else {})}
            page = ada.client.get("/projects", params=parameters).json()
            found += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break

        assert len(found) == 7
        assert set(found) == wanted

    def test_counts_images_that_are_not_deleted(self, ada: Person):
        project_id = ada.project()
        ada.image(project_id)
        ada.client.delete(f"/images/{ada.image(project_id)}")

        assert ada.client.get("/projects").json()["items"][0]["image_count"] == 1


class TestUpdate:
    def test_changes_what_is_named_and_nothing_else(self, ada: Person):
        project_id = ada.project()
        ada.client.patch(f"/projects/{project_id}", json={"description": "Words"})
        project = ada.client.patch(f"/projects/{project_id}", json={"name": "Finches"}).json()

        assert (project["name"], project["description"]) == ("Finches", "Words")
        assert project["updated_at"] > project["created_at"]

    def test_an_empty_change_is_fine(self, ada: Person):
        assert ada.client.patch(f"/projects/{ada.project()}", json={}).json()["name"] == "Birds"


class TestDelete:
    def test_takes_jobs_and_images_along(self, ada: Person, world: World):
        project_id = ada.project()
        job_id = ada.job(project_id)
        image_id = ada.image(project_id, job_id)

        assert ada.client.delete(f"/projects/{project_id}").status_code == 204

        for address in (f"/projects/{project_id}", f"/crawl-jobs/{job_id}", f"/images/{image_id}"):
            assert ada.client.get(address).status_code == 404

    def test_takes_the_files_of_its_exports_along(self, ada: Person, world: World):
        project_id = ada.project()
        export = ada.client.post(f"/projects/{project_id}/exports", json={}).json()
        key = export_key(export["id"])
        world.storage.put(key, b"PK")
        world.rows.all("update exports set storage_key = %s where id = %s", key, export["id"])

        ada.client.delete(f"/projects/{project_id}")
        wait_until_gone(world.storage, key)

    def test_takes_the_file_of_an_export_along_that_is_just_being_finished(self, ada: Person, world: World):
        project_id = ada.project()
        export = ada.client.post(f"/projects/{project_id}/exports", json={}).json()
        key = export_key(export["id"])
        world.storage.put(key, b"PK")
        with psycopg.connect(world.rows.dsn) as builder, ThreadPoolExecutor(1) as pool:
            builder.execute("update exports set storage_key = %s where id = %s", [key, export["id"]])
            deletion = pool.submit(ada.client.delete, f"/projects/{project_id}")
            time.sleep(0.3)
            builder.commit()
            assert deletion.result(10).status_code == 204
        wait_until_gone(world.storage, key)

    def test_waits_for_a_worker_instead_of_blocking_it(self, ada: Person, world: World):
        project_id = ada.project()
        job_id = ada.running_job(project_id)
        with psycopg.connect(world.rows.dsn) as worker, ThreadPoolExecutor(1) as pool:
            worker.execute("select 1 from crawl_jobs where id = %s for no key update", [job_id])
            deletion = pool.submit(ada.client.delete, f"/projects/{project_id}")
            time.sleep(0.3)
            # What storing an image needs of the project: would deadlock if the deletion held it already.
            worker.execute("select 1 from projects where id = %s for key share", [project_id])
            worker.commit()
            assert deletion.result(10).status_code == 204

    def test_a_second_time_finds_nothing(self, ada: Person):
        project_id = ada.project()
        ada.client.delete(f"/projects/{project_id}")

        assert ada.client.delete(f"/projects/{project_id}").status_code == 404

    def test_a_project_that_never_was_is_not_found(self, ada: Person):
        assert ada.client.delete(f"/projects/{uuid4()}").status_code == 404
