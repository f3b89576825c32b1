from concurrent.futures import ThreadPoolExecutor

import httpx

from backend.storage import export_key
from backend.tests.world import Person, World, wait_until_gone


def _create(person: Person, project_id: str) -> dict:
    response = person.client.post(f"/projects/{project_id}/exports", json={"format": "imagefolder"})
    assert response.status_code == 202, response.text
    return response.json()


def _finish(world: World, export_id: str, content: bytes = b"PK a dataset") -> None:
    """As the worker does."""
    world.storage.put(export_key(export_id), content)
    world.rows.all(
        "update exports set status = 'ready', storage_key = %s, sha256 = %s, bytes = %s where id = %s",
        export_key(export_id),
        "ab" * 32,
        len(content),
        export_id,
    )


def test_a_new_export_is_pending_and_asks_a_worker(ada: Person, world: World):
    export = _create(ada, ada.project())

    assert (export["version"], export["status"], export["download_url"]) == (1, "pending", None)
    asked = world.rows.value("select count(*) from outbox where payload->>'export_id' = %s", export["id"])
    assert asked == 1


def test_versions_follow_each_other_even_when_asked_for_at_once(ada: Person):
    project_id = ada.project()
    with ThreadPoolExecutor(10) as pool:
        versions = list(pool.map(lambda _: _create(ada, project_id)["version"], range(10)))

    assert sorted(versions) == list(range(1, 11))
    first = ada.client.get(f"/projects/{project_id}/exports", params={"limit": 4}).json()
    rest = ada.client.get(f"/projects/{project_id}/exports", params={"cursor": first["next_cursor"]}).json()
    assert [item["version"] for item in first["items"] + rest["items"]] == list(range(10, 0, -1))


def test_a_ready_export_is_downloaded_by_its_address(ada: Person, world: World):
    export = _create(ada, ada.project())
    _finish(world, export["id"])
    address = ada.client.get(f"/exports/{export['id']}").json()["download_url"]
    response = httpx.get(world.url + address)

    assert response.content == b"PK a dataset"
    assert response.headers["content-type"] == "application/zip"
    assert response.headers["content-disposition"].startswith('attachment; filename="dataset-v1-')
    assert httpx.get(world.url + address, headers={"Range": "bytes=0-1"}).content == b"PK"


def test_a_pending_export_cannot_be_downloaded(ada: Person):
    export = _create(ada, ada.project())
    assert ada.client.get(f"/exports/{export['id']}/download").status_code == 409


def test_a_deleted_export_takes_its_file_along(ada: Person, world: World):
    export = _create(ada, ada.project())
    _finish(world, export["id"])

    assert ada.client.delete(f"/exports/{export['id']}").status_code == 204
    assert ada.client.get(f"/exports/{export['id']}").status_code == 404
    wait_until_gone(world.storage, export_key(export["id"]))


def test_an_unknown_format_is_refused(ada: Person):
    response = ada.client.post(f"/projects/{ada.project()}/exports", json={"format": "tar"})
    assert response.status_code == 422
