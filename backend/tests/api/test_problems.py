"""Every error is problem+json, has a request id, and never repeats what was sent."""

import json
import socket
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from backend.tests.world import Person, World

CANARY = "c4n4ry-7f3a"


def _assert_problem(response: httpx.Response, status: int) -> dict:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["request_id"] == response.headers["x-request-id"]
    assert body["type"].startswith("/problems/")
    assert {"title", "detail"} <= body.keys()
    assert CANARY not in response.text
    assert len(response.content) < 4096
    return body


class TestShape:
    def test_unknown_address(self, world: World):
        _assert_problem(httpx.get(f"{world.url}/{CANARY}"), 404)

    def test_unknown_method(self, world: World):
        response = httpx.put(f"{world.url}/api/v1/projects")

        _assert_problem(response, 405)
        assert {"GET", "POST"} <= set(response.headers["allow"].replace(" ", "").split(","))

    def test_every_type_leads_to_a_page(self, world: World, ada: Person):
        for response in (
            httpx.get(f"{world.url}/nothing"),
            httpx.put(f"{world.url}/api/v1/projects"),
            world.client().get("/projects"),
            ada.client.get("/projects/x"),
            ada.client.post(f"/crawl-jobs/{ada.job()}/stop"),
            ada.client.post("/projects", content=b"x" * (1024 * 1024 + 1)),
        ):
            page = httpx.get(world.url + response.json()["type"])
            assert page.status_code == 200, response.json()
            assert response.json()["title"].lower() in page.text.lower()

    def test_a_request_id_of_the_caller_is_kept_and_a_strange_one_is_not(self, world: World):
        own = "5e1f0c7e5a3b4d6f8a9b0c1d2e3f4a5b"
        kept = httpx.get(f"{world.url}/nothing", headers={"X-Request-ID": own})
        strange = httpx.get(f"{world.url}/nothing", headers={"X-Request-ID": CANARY})

        assert _assert_problem(kept, 404)["request_id"] == own
        _assert_problem(strange, 404)


class TestInput:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b'"' + CANARY.encode() + b'"',
            b'{"name": "\\ud800' + CANARY.encode() + b'"}',
            b'{"name": "\\u0000' + CANARY.encode() + b'"}',
            b'{"name": 9223372036854775808}',
            b'{"name": NaN}',
            b'{"name": {"a": 1}}',
            b'{"name": "Birds", "' + CANARY.encode() + b'": 1}',
            b'{"name": "' + CANARY.encode() * 20 + b'"}',
            b"\xff\xfe{\x00}\x00",
            b"\xef\xbb\xbf{}",
            b'{"name": "\xc3\x28"}',
            b"[" * 100_000,
            b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
            b"{" + b",".join(b'"k%d": 1' % number for number in range(60_000)) + b"}",
        ],
        ids=lambda body: repr(body[:24]),
    )
    def test_bodies(self, ada: Person, body: bytes):
        headers = {"Content-Type": "application/json"}
        response = ada.client.post("/projects", content=body, headers=headers)

        _assert_problem(response, response.status_code)
        assert response.status_code in (400, 422)

    def test_a_body_of_another_type(self, ada: Person):
        headers = {"Content-Type": "text/plain"}
        response = ada.client.post("/projects", content=b'{"name": "Birds"}', headers=headers)

        assert response.status_code in (415, 422)
        _assert_problem(response, response.status_code)

    @pytest.mark.parametrize(
        "query",
        [
            f"{CANARY}=1",
            "limit=0",
            "limit=101",
            "limit=9223372036854775808",
            f"limit={CANARY}",
            f"cursor={CANARY}",
            "cursor=" + "A" * 201,
            "cursor=%00",
            "cursor=W10",
            "cursor=WyJ4IiwieSJd",
            "cursor=WzkyMjMzNzIwMzY4NTQ3NzU4MDhd",
            "cursor=%ff%fe",
            "limit=5&limit=x",
        ],
    )
    def test_queries(self, ada: Person, query: str):
        _assert_problem(ada.client.get(f"/projects?{query}"), 422)

    @pytest.mark.parametrize("label", ["%00", "a%00b", "%ed%a0%80", "x" * 121])
    def test_labels_that_postgres_could_not_hold(self, ada: Person, label: str):
        response = ada.client.get(f"/projects/{ada.project()}/images?label={label}")
        assert response.status_code in (200, 422)

    @pytest.mark.parametrize("identifier", [CANARY, "1", "%00", "../etc", "{}", "0" * 500])
    def test_ids(self, ada: Person, identifier: str):
        response = ada.client.get(f"/images/{identifier}")
        assert response.status_code in (404, 422)
        _assert_problem(response, response.status_code)


class TestBodyLimit:
    def test_a_large_body_is_refused_before_it_is_read(self, ada: Person):
        _assert_problem(ada.client.post("/projects", content=b"x" * (1024 * 1024 + 1)), 413)

    def test_a_body_that_hides_its_length_is_counted(self, ada: Person):
        chunks = (b"x" * 65_536 for _ in range(64))
        _assert_problem(ada.client.post("/projects", content=chunks), 413)

    @pytest.mark.parametrize(("digits", "status"), [("9" * 5000, 413), ("0" * 5000 + "2", 401)])
    def test_a_length_of_thousands_of_digits_is_a_number_too(self, world: World, digits: str, status: int):
        answer = _send(
            world, f"POST /api/v1/projects HTTP/1.1\r\nHost: x\r\nContent-Length: {digits}\r\n\r\n{{}}"
        )
        assert answer.startswith(b"HTTP/1.1 400 ") or f" {status} ".encode() in answer

    @pytest.mark.parametrize("authorization", ["", "Authorization: Bearer eyJhbGciOiJFUzI1NiJ9.e30.x\r\n"])
    def test_a_strangers_body_is_not_waited_for(self, world: World, authorization: str):
        head = (
            f"Host: x\r\n{authorization}Content-Type: application/json\r\nContent-Length: 20000000\r\n\r\n{{"
        )
        for request in ("POST /api/v1/crawl-jobs", f"PATCH /api/v1/crawl-jobs/{uuid4()}"):
            answer = _send(world, f"{request} HTTP/1.1\r\n{head}")
            assert b" 401 " in answer
            assert b"application/problem+json" in answer

    def test_an_unknown_address_does_not_read_either(self, world: World):
        answer = _send(world, "POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999999\r\n\r\n")
        assert b" 413 " in answer
        assert b"application/problem+json" in answer


def _send(world: World, request: str) -> bytes:
    """What the API answers to this beginning of a request."""
    url = urlsplit(world.url)
    with socket.create_connection((url.hostname, url.port), 5) as connection:
        connection.sendall(request.encode())
        return connection.recv(4096)


class TestHeaders:
    def test_every_answer_forbids_what_it_can(self, world: World, ada: Person):
        for response in (ada.client.get("/projects"), httpx.get(f"{world.url}/nothing")):
            assert response.headers["x-content-type-options"] == "nosniff"
            assert response.headers["content-security-policy"].startswith("default-src 'none'")
            assert response.headers["cache-control"] == "no-store"

    def test_only_exact_origins_may_read(self, world: World, ada: Person):
        allowed = ada.client.get("/projects", headers={"Origin": "http://localhost:3000"})
        assert allowed.headers["access-control-allow-origin"] == "http://localhost:3000"
        for origin in (
            "null",
            "http://localhost:3000.evil.example",
            "http://localhost",
            "https://localhost:3000",
        ):
            answer = ada.client.get("/projects", headers={"Origin": origin})
            assert "access-control-allow-origin" not in answer.headers, origin

    def test_a_browser_may_send_its_token(self, world: World):
        headers = {
            "Origin": "http://localhost:3000",
            "Access-Control-Request-Method": "DELETE",
            "Access-Control-Request-Headers": "authorization, content-type, last-event-id",
        }
        answer = httpx.options(f"{world.url}/api/v1/projects", headers=headers)
        assert answer.status_code == 200
        assert "access-control-allow-credentials" not in answer.headers

    def test_errors_can_be_read_across_origins_too(self, world: World):
        answer = httpx.get(f"{world.url}/api/v1/projects", headers={"Origin": "http://localhost:3000"})
        assert answer.status_code == 401
        assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"


def test_a_fault_of_ours_tells_nothing_and_is_logged(
    world: World, ada: Person, caplog: pytest.LogCaptureFixture
):
    project_id = ada.project()
    world.rows.all("alter table exports add column broken int not null default 0")
    try:
        world.rows.all("alter table exports rename column image_count to hidden")
        response = ada.client.post(f"/projects/{project_id}/exports", json={})
    finally:
        world.rows.all("alter table exports rename column hidden to image_count")
        world.rows.all("alter table exports drop column broken")
    body = _assert_problem(response, 500)

    assert "exports" not in json.dumps(body)
    assert any("unexpected error" in record.getMessage() for record in caplog.records)
