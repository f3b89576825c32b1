from itertools import pairwise

import pytest

from backend.crawler import Accepted, Reason, Refused
from backend.crawler.exchange import Failure, Response
from backend.crawler.guard import Guard
from backend.crawler.robots import MAX_ROBOTS_BYTES, RobotsCache
from backend.tests.crawler.pictures import jpeg
from backend.tests.crawler.site import Exchange, Site, answer, redirect

ORIGIN = "https://example.com"


def rules(text: str):
    return RobotsCache().put(ORIGIN, Response(ORIGIN, 200, (), text.encode()))


def allows(text: str, path: str) -> bool:
    return rules(text).refusal(Guard().parse(ORIGIN + path), "PixCrawler") is None


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class TestRules:
    @pytest.mark.parametrize(
        ("text", "path", "allowed"),
        [
            ("", "/a", True),
            ("User-agent: *\nDisallow:", "/a", True),
            ("User-agent: *\nDisallow: /", "/a", False),
            ("User-agent: *\nDisallow: /private", "/privately", False),
            ("User-agent: *\nDisallow: /private/", "/private", True),
            ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b.jpg", True),
            ("User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/b.jpg", True),
            ("User-agent: *\nAllow: /page\nDisallow: /page", "/page", True),
            ("User-agent: *\nDisallow: /*.jpg$", "/a.jpg", False),
            ("User-agent: *\nDisallow: /*.jpg$", "/a.jpg?x", True),
            ("User-agent: *\nDisallow: /*.jpg", "/a.jpg?x", False),
            ("User-agent: *\nDisallow: /\n\nUser-agent: PixCrawler\nAllow: /", "/a", True),
            ("User-agent: pixcrawler\nDisallow: /", "/a", False),
            ("User-agent: PIXCRAWLER\nDisallow: /x", "/y", True),
            ("User-agent: otherbot\nDisallow: /", "/a", True),
            ("User-agent: a\nUser-agent: PixCrawler\nDisallow: /", "/a", False),
            ("\ufeffUser-agent: *\nDisallow: /", "/a", False),
            ("user-agent:*\r\ndisallow:/a # why", "/a", False),
            ("User-agent: *\nDisallow: /%C3%BC", "/ü", False),
            ("User-agent: *\nDisallow: /ü", "/%C3%BC", False),
            ("User-agent: *\nDisallow: /private", "/public/../private", False),
            ("User-agent: *\nDisallow: /private", "/public/%2e%2e/private", False),
            ("<html>not robots</html>", "/a", True),
            ("\x00\xff\xfe", "/a", True),
        ],
    )
    def test_follow_rfc_9309(self, text, path, allowed):
        assert allows(text, path) is allowed

    def test_crawl_delay_is_read(self):
        assert rules("User-agent: *\nCrawl-delay: 2.5").crawl_delay_seconds("PixCrawler") == 2.5
        assert rules("").crawl_delay_seconds("PixCrawler") == 0


class TestCache:
    def test_keeps_rules_for_a_day(self):
        clock = Clock()
        cache = RobotsCache(clock)
        cache.put(ORIGIN, Response(ORIGIN, 200, (), b""))
        clock.now = 24 * 3600 - 1
        assert cache.get(ORIGIN) is not None
        clock.now += 2
        assert cache.get(ORIGIN) is None

    def test_asks_again_soon_after_a_failure(self):
        clock = Clock()
        cache = RobotsCache(clock)
        cache.put(ORIGIN, Failure(Reason.TIMEOUT, "slow"))
        assert cache.get(ORIGIN) is not None
        clock.now = 61
        assert cache.get(ORIGIN) is None

    def test_does_not_grow_without_bound(self):
        cache = RobotsCache()
        for number in range(3000):
            cache.put(f"https://{number}.example", Failure(Reason.NOT_FOUND, "", 404))
        assert cache.get("https://0.example") is None
        assert cache.get("https://2999.example") is not None

    def test_large_files_do_not_fill_memory(self):
        cache, text = RobotsCache(), b"User-agent: *\n" + b"Disallow: /a\n" * 30_000
        for number in range(12):
            cache.put(f"https://{number}.example", Response(ORIGIN, 200, (), text))
            cache.put("https://same.example", Response(ORIGIN, 200, (), text))
        kept = [number for number in range(12) if cache.get(f"https://{number}.example")]
        assert kept == [8, 9, 10, 11]
        assert cache.get("https://same.example") is not None


class TestCrawling:
    def test_a_disallowed_image_is_never_asked_for(self, site: Site, crawl):
        site.serve("/robots.txt", b"User-agent: *\nDisallow: /private/")
        hidden, shown = crawl([site.serve("/private/a.jpg", jpeg()), site.serve("/a.jpg", jpeg())])
        assert isinstance(hidden, Refused)
        assert hidden.reason is Reason.ROBOTS_DISALLOWED
        assert isinstance(shown, Accepted)
        assert site.asked("/private/a.jpg") == 0

    def test_a_redirect_into_a_disallowed_path_is_not_followed(self, site: Site, crawl):
        site.serve("/robots.txt", b"User-agent: *\nDisallow: /private/")
        site.serve("/private/a.jpg", jpeg())
        (outcome,) = crawl(site.route("/open", redirect("/private/a.jpg")))
        assert outcome.reason is Reason.ROBOTS_DISALLOWED
        assert site.asked("/private/a.jpg") == 0

    def test_a_disallowed_page_is_never_asked_for(self, site: Site, crawler):
        site.serve("/robots.txt", b"User-agent: PixCrawler\nDisallow: /")
        outcome = crawler().discover(site.serve("/page", b"<p>"))
        assert isinstance(outcome, Refused)
        assert outcome.reason is Reason.ROBOTS_DISALLOWED
        assert site.asked("/page") == 0

    def test_the_file_is_fetched_once_per_origin(self, site: Site, crawl):
        site.serve("/robots.txt", b"")
        crawl([site.serve(f"/{number}.jpg", jpeg(number)) for number in range(12)])
        assert site.asked("/robots.txt") == 1

    @pytest.mark.parametrize("status", [401, 403, 404, 410])
    def test_no_file_allows_everything(self, site: Site, crawl, status):
        site.serve("/robots.txt", b"", status)
        (outcome,) = crawl(site.serve("/a.jpg", jpeg()))
        assert isinstance(outcome, Accepted)

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_a_file_that_cannot_be_had_forbids_everything_for_now(self, site: Site, crawl, status):
        site.serve("/robots.txt", b"", status)
        (outcome,) = crawl(site.serve("/a.jpg", jpeg()))
        assert outcome.reason is Reason.ROBOTS_UNREACHABLE
        assert outcome.reason.retryable
        assert site.asked("/a.jpg") == 0

    def test_a_silent_host_forbids_everything_for_now(self, site: Site, crawl):
        def silence(exchange: Exchange) -> None:
            exchange.site.closing.wait(10)

        site.route("/robots.txt", silence)
        (outcome,) = crawl(site.serve("/a.jpg", jpeg()), deadline_seconds=0.4)
        assert outcome.reason is Reason.ROBOTS_UNREACHABLE

    def test_redirects_of_the_file_are_followed(self, site: Site, crawl):
        site.route("/robots.txt", redirect("/moved.txt"))
        site.serve("/moved.txt", b"User-agent: *\nDisallow: /")
        (outcome,) = crawl(site.serve("/a.jpg", jpeg()))
        assert outcome.reason is Reason.ROBOTS_DISALLOWED

    def test_endless_redirects_of_the_file_count_as_none(self, site: Site, crawl):
        site.route("/robots.txt", redirect("/robots.txt"))
        (outcome,) = crawl(site.serve("/a.jpg", jpeg()))
        assert isinstance(outcome, Accepted)

    def test_of_an_endless_file_the_first_part_counts(self, site: Site, crawl):
        def endless(exchange: Exchange) -> None:
            exchange.wfile.write(b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /no/\n")
            while not exchange.site.closing.is_set():
                exchange.wfile.write(b"# filler\n" * 7000)

        site.route("/robots.txt", endless)
        refused, accepted = crawl([site.serve("/no/a.jpg", jpeg()), site.serve("/a.jpg", jpeg())])
        assert refused.reason is Reason.ROBOTS_DISALLOWED
        assert isinstance(accepted, Accepted)
        assert MAX_ROBOTS_BYTES == 512_000

    def test_crawl_delay_spaces_the_requests(self, site: Site, crawl):
        import time

        site.serve("/robots.txt", b"User-agent: *\nCrawl-delay: 0.2")
        asked = []

        def note(exchange: Exchange) -> None:
            asked.append(time.monotonic())
            answer(exchange, 404)

        crawl([site.route(f"/{number}.jpg", note) for number in range(4)])
        assert all(later - earlier >= 0.15 for earlier, later in pairwise(asked))
