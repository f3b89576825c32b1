"""Proved at a listening socket: whatever a URL, a redirect or a resolver says, nobody comes."""

import socket

import pytest

from backend.crawler import Candidate, Crawler, CrawlPolicy, Outcome, Reason, Refused
from backend.crawler.guard import WEB_PORTS, Guard
from backend.crawler.robots import RobotsCache
from backend.tests.crawler.forbidden_urls import FORBIDDEN_URLS
from backend.tests.crawler.site import Site, Trap, redirect

PERMANENT = (Reason.ADDRESS_FORBIDDEN, Reason.BAD_URL)


def outcomes(urls, trap: Trap, pinned=(), allowed=frozenset(), **policy) -> list[Outcome]:
    settings = CrawlPolicy(
        allowed_hosts=allowed, retry_pause_seconds=0.01, connect_timeout_seconds=1, **policy
    )
    guard = Guard(settings.allowed_hosts, ports=WEB_PORTS | {trap.port})
    crawler = Crawler(settings, RobotsCache(), guard, pinned)
    candidates = [Candidate(url) for url in urls]
    return [outcome for outcome in crawler.fetch_images(candidates, lambda _: False) if outcome is not None]


def at_trap(trap: Trap) -> list[str]:
    return [url.replace("{port}", str(trap.port)) for url in FORBIDDEN_URLS]


def test_the_trap_sees_who_comes(trap: Trap):
    for host in ("127.0.0.1", "127.0.0.2"):
        socket.create_connection((host, trap.port)).close()
    assert trap.visitors() == 2


def test_an_allowed_host_reaches_the_trap(trap: Trap):
    host = f"127.0.0.1:{trap.port}"
    outcomes([f"http://{host}/a.jpg"], trap, allowed=frozenset({host}), deadline_seconds=0.3)
    assert trap.visitors() > 0


def test_no_spelling_connects(trap: Trap):
    refused = outcomes(at_trap(trap), trap)
    assert len(refused) == len(FORBIDDEN_URLS)
    assert all(isinstance(outcome, Refused) and outcome.reason in PERMANENT for outcome in refused)
    assert trap.visitors() == 0


def test_no_redirect_connects(trap: Trap, site: Site):
    site.serve("/robots.txt", b"")
    for number, url in enumerate(at_trap(trap)):
        if url.isascii() and url.isprintable():
            site.route(f"/{number}", redirect(url))
    urls = [site.url(path) for path in site.routes if path != "/robots.txt"]
    assert len(urls) > 200
    refused = outcomes(urls, trap, allowed=frozenset({site.host}))
    assert len(refused) == len(urls)
    assert all(isinstance(outcome, Refused) for outcome in refused)
    assert trap.visitors() == 0


def test_a_page_does_not_lead_there(trap: Trap, site: Site):
    site.serve("/robots.txt", b"")
    images = "".join(f'<img src="{url}">' for url in at_trap(trap) if url.isascii() and '"' not in url)
    page_url = site.serve("/page", images.encode(), Content_Type="text/html")
    page = Crawler(CrawlPolicy(allowed_hosts=frozenset({site.host})), RobotsCache()).discover(page_url)
    assert not isinstance(page, Refused)
    assert len(page.candidates) > 100
    refused = outcomes([candidate.url for candidate in page.candidates], trap)
    assert all(isinstance(outcome, Refused) for outcome in refused)
    assert trap.visitors() == 0


@pytest.mark.parametrize(
    "answers",
    [
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "127.0.0.1,[::1]",
        "[::1],127.0.0.2,127.0.0.1",
        "0.0.0.0",  # noqa: S104
        "[::]",
    ],
)
def test_no_answer_of_a_resolver_connects(trap: Trap, answers: str):
    """The name is innocent when it is parsed; only the address at the moment of connecting tells."""
    pinned = (f"rebound.example:{trap.port}:{answers}",)
    (refused,) = outcomes([f"http://rebound.example:{trap.port}/a.jpg"], trap, pinned)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.ADDRESS_FORBIDDEN
    assert trap.visitors() == 0


def test_a_redirect_to_a_rebound_name_does_not_connect(trap: Trap, site: Site):
    site.serve("/robots.txt", b"")
    start = site.route("/start", redirect(f"http://rebound.example:{trap.port}/a.jpg"))
    pinned = (f"rebound.example:{trap.port}:127.0.0.1",)
    (refused,) = outcomes([start], trap, pinned, frozenset({site.host}))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.ADDRESS_FORBIDDEN
    assert trap.visitors() == 0


def test_the_own_name_of_this_machine_does_not_connect(trap: Trap):
    (refused,) = outcomes([f"http://{socket.gethostname()}:{trap.port}/a.jpg"], trap, deadline_seconds=5)
    assert isinstance(refused, Refused)
    assert trap.visitors() == 0


def test_a_name_that_is_allowed_at_one_port_is_not_at_another(trap: Trap, site: Site):
    (refused,) = outcomes([f"http://127.0.0.1:{trap.port}/a.jpg"], trap, allowed=frozenset({site.host}))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.ADDRESS_FORBIDDEN
    assert trap.visitors() == 0


def test_proxies_of_the_environment_are_ignored(trap: Trap, site: Site, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{trap.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    site.serve("/robots.txt", b"")
    (refused,) = outcomes([site.url("/nothing")], trap, allowed=frozenset({site.host}))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.NOT_FOUND
    assert trap.visitors() == 0
