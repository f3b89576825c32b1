import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from backend import openapi
from backend.api.application import build_api
from backend.schemas import auth, crawl_jobs, exports, health, images, problem, projects
from backend.tests.world import World

COMMITTED = Path(__file__).resolve().parents[3] / "frontend" / "lib" / "api" / "openapi.json"
DOCUMENT = json.loads(openapi.render())
OPERATIONS: list[tuple[str, str, dict[str, Any]]] = [
    (path, method, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
PUBLIC = {"live", "ready", "report"}


def test_the_committed_document_is_the_current_one():
    assert COMMITTED.read_text("utf-8") == openapi.render(), (
        "run: python -m backend.openapi > frontend/lib/api/openapi.json"
    )


def test_operation_ids_are_unique_names():
    identifiers = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(identifiers)) == len(identifiers)
    assert all(re.fullmatch(r"[a-z_]+", identifier) for identifier in identifiers)


@pytest.mark.parametrize(
    ("path", "method", "operation"),
    OPERATIONS,
    ids=[operation["operationId"] for _, _, operation in OPERATIONS],
)
def test_an_operation_says_what_it_needs_and_what_can_happen(path: str, method: str, operation: dict):
    assert operation["summary"][0].isupper()
    assert operation["tags"]
    if operation["operationId"] in PUBLIC:
        assert "security" not in operation
        return
    assert operation["security"] == [{"accessToken": []}]
    expected = {"401", "422", "503"} | ({"404"} if "{" in path else set())
    assert expected <= operation["responses"].keys()
    for status, response in operation["responses"].items():
        if status.startswith(("4", "5")):
            assert list(response["content"]) == ["application/problem+json"]
            assert response["description"]


def _models() -> list[type[BaseModel]]:
    modules = (auth, crawl_jobs, exports, health, images, problem, projects)
    return [
        model
        for module in modules
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__ == module.__name__
    ]


@pytest.mark.parametrize("model", _models(), ids=lambda model: model.__name__)
def test_examples_are_valid_and_whole(model: type[BaseModel]):
    extra: Any = model.model_config.get("json_schema_extra") or {"examples": []}
    for example in extra["examples"]:
        read = model.model_validate(example)
        assert json.loads(read.model_dump_json(exclude_unset=True)) == example


def test_every_body_and_every_answer_has_an_example():
    schemas = DOCUMENT["components"]["schemas"]
    references = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT["paths"]))
    for name in set(references):
        assert schemas[name].get("examples"), name


def test_the_served_document_is_the_same(world: World):
    assert httpx.get(f"{world.url}/openapi.json").json() == DOCUMENT


def test_the_description_needs_no_settings():
    assert build_api().openapi()["info"]["title"] == "PixCrawler"
