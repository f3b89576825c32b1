"""The development mailbox over HTTP, as mailers, tests and people use it."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from env.services.mailbox.app import create_app
from env.services.places import ROOT
from env.tests.auth.serving import bound_socket, serve

MAIL = {
    "to": "a@b.test",
    "subject": "Hello",
    "html": "<p>Hi</p>",
    "text": "Hi http://127.0.0.1:1/x?a=1&b=2 there",
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    listener, url = bound_socket()
    with serve(create_app(tmp_path, maximum=20), listener), httpx.Client(base_url=url) as found:
        yield found


def post(client: httpx.Client, **changes: str) -> str:
    answer = client.post("/messages", json={**MAIL, **changes})
    assert answer.status_code == 201
    identifier: str = answer.json()["id"]
    return identifier


def test_mail_is_kept_and_read_again(client: httpx.Client, tmp_path: Path) -> None:
    identifier = post(client)
    found = client.get(f"/messages/{identifier}").json()
    assert {name: found[name] for name in MAIL} == MAIL
    listener, url = bound_socket()
    with serve(create_app(tmp_path), listener):
        assert httpx.get(f"{url}/messages/{identifier}").json() == found


def test_list_is_newest_first_and_can_be_narrowed_to_a_person(client: httpx.Client) -> None:
    first, second = post(client), post(client, to="C@D.test")
    assert [item["id"] for item in client.get("/messages").json()["items"]] == [second, first]
    assert [item["id"] for item in client.get("/messages?to=c@d.test").json()["items"]] == [second]


def test_oldest_mails_make_room(client: httpx.Client, tmp_path: Path) -> None:
    sent = [post(client) for _ in range(25)]
    kept = [item["id"] for item in client.get("/messages").json()["items"]]
    assert kept == sent[:4:-1]
    assert len(list(tmp_path.iterdir())) == 20


def test_mails_that_arrive_together_are_all_kept(client: httpx.Client) -> None:
    with ThreadPoolExecutor(10) as pool:
        sent = set(pool.map(lambda _: post(client), range(20)))
    assert {item["id"] for item in client.get("/messages").json()["items"]} == sent


def test_mails_can_be_deleted(client: httpx.Client) -> None:
    identifier = post(client)
    assert client.delete("/messages").json() == {"deleted": 1}
    assert client.get(f"/messages/{identifier}").status_code == 404


@pytest.mark.parametrize("identifier", ["x", "..%2f..%2fetc%2fpasswd", "%00", "0" * 19 + "-00000000"])
def test_unknown_mail_is_not_found(client: httpx.Client, identifier: str) -> None:
    assert client.get(f"/messages/{identifier}").status_code == 404
    assert client.get(f"/mails/{identifier}").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"[]", 400), (b"{", 400), (b"\xff", 400), (b"[" * 100_000, 400), (b"{}", 422),
        (b'{"to": 1}', 422), (b'{"to": "a", "subject": []}', 422), (b'{"to": "' + b"x" * 400 + b'"}', 422),
        (b"x" * 600_000, 413),
    ],
)  # fmt: skip
def test_malformed_mail_is_refused(client: httpx.Client, body: bytes, status: int) -> None:
    answer = client.post("/messages", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status


def test_half_a_surrogate_pair_does_no_harm(client: httpx.Client) -> None:
    body = b'{"to": "a@b.test", "subject": "\\ud800", "text": "\\u0000 \\udfff"}'
    answer = client.post("/messages", content=body, headers={"Content-Type": "application/json"})
    assert client.get(f"/mails/{answer.json()['id']}").status_code == 200
    assert client.get("/").status_code == 200


def test_file_that_is_no_mail_is_not_shown(client: httpx.Client, tmp_path: Path) -> None:
    identifier = post(client)
    (tmp_path / f"{'9' * 19}-00000000.json").write_text("{}")
    (tmp_path / "note.json").write_text("[]")
    assert [item["id"] for item in client.get("/messages").json()["items"]] == [identifier]


def test_pages_show_mails_without_running_them(client: httpx.Client) -> None:
    evil = "<script>alert(1)</script>"
    identifier = post(
        client, subject=evil, to=evil, text=f'{evil} http://x.test/"onclick=alert(1)', html=f'{evil}"'
    )
    for path in ("/", f"/mails/{identifier}"):
        answer = client.get(path)
        assert evil not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    page = client.get(f"/mails/{identifier}").text
    assert 'sandbox="allow-top-navigation-by-user-activation"' in page
    assert '"onclick' not in page


def test_links_of_a_mail_can_be_clicked(client: httpx.Client) -> None:
    page = client.get(f"/mails/{post(client)}").text
    assert '<a href="http://127.0.0.1:1/x?a=1&amp;b=2">' in page


def test_empty_mailbox_says_so(client: httpx.Client) -> None:
    assert "No mail yet" in client.get("/").text


def test_page_deletes_all_mails_but_no_other_site_does(client: httpx.Client) -> None:
    post(client)
    assert client.post("/clear", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert len(client.get("/messages").json()["items"]) == 1
    assert client.post("/clear", headers={"Sec-Fetch-Site": "same-origin"}).headers["location"] == "/"
    assert client.get("/messages").json()["items"] == []


def test_foreign_name_for_this_machine_reads_nothing(client: httpx.Client) -> None:
    post(client)
    assert client.get("/messages", headers={"Host": "evil.test:54324"}).status_code == 400


def test_form_of_another_site_brings_no_mail(client: httpx.Client) -> None:
    answer = client.post("/messages", content=b'{"to": "a@b.test"}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


def run_mailbox(**environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "env.services.mailbox"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PIXCRAWLER_ENVIRONMENT", "production", "development only"),
        ("MAILBOX_PORT", "x", "MAILBOX_PORT"),
        ("MAILBOX_URL", "http://127.0.0.1", "MAILBOX_URL"),
    ],
)
def test_process_that_must_not_serve_ends_with_one_line(name: str, value: str, words: str) -> None:
    done = run_mailbox(**{name: value})
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert words in done.stderr
