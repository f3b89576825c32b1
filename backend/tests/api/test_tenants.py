"""Another's id answers as a missing one does: same status, same body, on every route that takes an id."""

from uuid import uuid4

import pytest

from backend.main import create_app
from backend.tests.world import Person, World

BODIES = {
    "update_project": {"name": "Mine"},
    "update_crawl_job": {"name": "Mine"},
    "update_image": {"deleted": True},
    "create_export": {"format": "imagefolder"},
}


def _routes(world: World) -> list[tuple[str, str, str]]:
    paths = create_app(world.settings).openapi()["paths"]
    return [
        (method, path, operation["operationId"])
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "{" in path
    ]


@pytest.fixture
def things(eve: Person, world: World) -> dict[str, str]:
    project_id = eve.project()
    job_id = eve.job(project_id)
    export = eve.client.post(f"/projects/{project_id}/exports", json={}).json()
    return {
        "project_id": project_id,
        "crawl_job_id": job_id,
        "image_id": eve.image(project_id, job_id),
        "export_id": export["id"],
    }


def _ask(person: Person, method: str, path: str, operation: str, ids: dict[str, str]):
    address = path.removeprefix("/api/v1").format(**ids)
    return person.client.request(method, address, json=BODIES.get(operation))


def test_every_route_with_an_id(ada: Person, eve: Person, world: World, things: dict[str, str]):
    routes = _routes(world)
    assert len(routes) >= 20
    missing = {name: str(uuid4()) for name in things}
    for method, path, operation in routes:
        foreign = _ask(ada, method, path, operation, things)
        absent = _ask(ada, method, path, operation, missing)

        assert foreign.status_code == 404, (operation, foreign.text)
        assert absent.status_code == 404, operation
        bodies = [{**answer.json(), "request_id": None} for answer in (foreign, absent)]
        assert bodies[0] == bodies[1], operation
    assert eve.client.get(f"/images/{things['image_id']}").json()["deleted_at"] is None
    assert eve.client.get(f"/projects/{things['project_id']}").json()["name"] == "Birds"
    assert eve.client.get(f"/crawl-jobs/{things['crawl_job_id']}").json()["status"] == "pending"


def test_every_route_wants_a_token(world: World, things: dict[str, str]):
    nobody = world.client()
    for path, operations in create_app(world.settings).openapi()["paths"].items():
        for method, operation in operations.items():
            if path.startswith("/health"):
                continue
            address = path.removeprefix("/api/v1").format(**things)
            answer = nobody.request(method, address, json={} if method in ("post", "patch") else None)
            assert answer.status_code == 401, (operation["operationId"], answer.text)


def test_a_filter_by_anothers_id_finds_nothing(ada: Person, things: dict[str, str]):
    page = ada.client.get("/crawl-jobs", params={"project_id": things["project_id"]}).json()
    assert page["items"] == []
    own = ada.project()
    ada.image(own)
    images = ada.client.get(f"/projects/{own}/images", params={"crawl_job_id": things["crawl_job_id"]}).json()
    assert images["items"] == []
