"""How many statements a list costs, whatever it holds."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from backend.tests.world import Person

LISTS = [
    "/projects",
    "/crawl-jobs",
    "/crawl-jobs/{crawl_job_id}/urls",
    "/crawl-jobs/{crawl_job_id}/chunks",
    "/crawl-jobs/{crawl_job_id}/images",
    "/projects/{project_id}/images",
    "/projects/{project_id}/exports",
]


@contextmanager
def counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def count(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", count)


@pytest.mark.parametrize("address", LISTS)
def test_a_list_takes_two_statements_at_most(ada: Person, address: str):
    project_id = ada.project()
    job_id = ada.running_job(project_id, sources=[f"https://birds.example.org/{n}.jpg" for n in range(60)])
    for _ in range(3):
        ada.project()
        ada.image(project_id, job_id)
        ada.client.post(f"/projects/{project_id}/exports", json={})
    with counted() as statements:
        page = ada.client.get(address.format(project_id=project_id, crawl_job_id=job_id))

    assert len(page.json()["items"]) >= 1
    own = [statement for statement in statements if statement.lstrip().lower().startswith("select")]
    assert 1 <= len(own) <= 2, own
