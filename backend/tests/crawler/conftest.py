from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from backend.crawler import Candidate, Crawler, CrawlPolicy, Outcome
from backend.crawler.robots import RobotsCache
from backend.tests.crawler.site import Site, Trap, running_site

Crawl = Callable[..., list[Outcome]]


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture
def trap() -> Iterator[Trap]:
    trap = Trap()
    yield trap
    trap.close()


@pytest.fixture
def crawler(site: Site) -> Callable[..., Crawler]:
    def build(**policy: object) -> Crawler:
        settings: dict[str, Any] = {
            "allowed_hosts": frozenset({site.host}),
            "retry_pause_seconds": 0.02,
            **policy,
        }
        return Crawler(CrawlPolicy(**settings), robots=RobotsCache())

    return build


@pytest.fixture
def crawl(crawler: Callable[..., Crawler]) -> Crawl:
    """All outcomes of the given URLs, in the order of the URLs."""

    def run(urls: str | Iterable[str], **policy: object) -> list[Outcome]:
        urls = [urls] if isinstance(urls, str) else list(urls)
        found = crawler(**policy).fetch_images([Candidate(url) for url in urls], lambda _: False)
        by_url = {outcome.candidate.url: outcome for outcome in found if outcome is not None}
        return [by_url[url] for url in urls]

    return run
