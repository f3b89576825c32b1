import io
import time

from PIL import Image

from backend.crawler import Accepted, Candidate, Crawler, CrawlPolicy, Known, Page, Reason, Refused
from backend.crawler.hashes import sha256_hex
from backend.crawler.robots import RobotsCache
from backend.tests.crawler.pictures import FORMATS, encoded, jpeg, picture
from backend.tests.crawler.site import Exchange, Site, answer, redirect


def silence(exchange: Exchange) -> None:
    exchange.site.closing.wait(20)
    exchange.close_connection = True


class TestFetchImages:
    def test_an_intact_image_comes_with_everything_the_ledger_needs(self, site: Site, crawler):
        content = encoded(picture(5, 800, 600), "PNG")
        site.serve("/real.png", content)
        candidate = Candidate(
            site.route("/a", redirect("/real.png")),
            site.url("/page"),
            "a hill",
            "CC-BY-4.0",
            "https://cc",
            "A. Author",
        )
        (outcome,) = [found for found in crawler().fetch_images([candidate], lambda _: False) if found]
        assert isinstance(outcome, Accepted)
        assert outcome.candidate == candidate
        assert outcome.final_url == site.url("/real.png")
        assert outcome.http_status == 200
        assert outcome.sha256 == sha256_hex(content)
        assert (outcome.width, outcome.height, outcome.format) == (800, 600, "png")
        assert outcome.content == content
        assert Image.open(io.BytesIO(outcome.thumbnail)).size == (320, 240)

    def test_every_candidate_gets_exactly_one_outcome(self, site: Site, crawl):
        urls = [site.serve(f"/{name}", encoded(picture(1, 100, 100), name)) for name in FORMATS]
        urls += [
            site.serve("/html.jpg", b"<html>" * 500),
            site.serve("/cut.jpg", jpeg()[:4000]),
            site.url("/none.jpg"),
        ]
        urls += [
            site.serve("/tiny.png", encoded(picture(0, 20, 20), "PNG")),
            "http://127.0.0.1/x.jpg",
            "nonsense",
        ]
        outcomes = crawl(urls)
        assert all(isinstance(outcome, Accepted) for outcome in outcomes[:4])
        assert [outcome.reason for outcome in outcomes[4:]] == [
            Reason.NOT_AN_IMAGE,
            Reason.CORRUPT,
            Reason.NOT_FOUND,
            Reason.TOO_SMALL,
            Reason.ADDRESS_FORBIDDEN,
            Reason.BAD_URL,
        ]

    def test_the_type_that_the_server_claims_does_not_matter(self, site: Site, crawl):
        (outcome,) = crawl(site.serve("/a.txt", jpeg(), Content_Type="text/html"))
        assert isinstance(outcome, Accepted)
        assert outcome.format == "jpeg"

    def test_known_bytes_are_not_decoded(self, site: Site, crawler):
        broken = jpeg()[:5000]
        url = site.serve("/a.jpg", broken)
        asked = []

        def is_known(digest: str) -> bool:
            asked.append(digest)
            return True

        (outcome,) = [found for found in crawler().fetch_images([Candidate(url)], is_known) if found]
        assert outcome == Known(Candidate(url), sha256_hex(broken), 200)
        assert asked == [sha256_hex(broken)]

    def test_ticks_come_at_least_four_times_a_second(self, site: Site, crawler):
        started = time.monotonic()
        slow = [Candidate(site.route("/slow.jpg", silence))]
        found = crawler(deadline_seconds=1.5).fetch_images(slow, lambda _: False)
        ticks = [time.monotonic() for outcome in found if outcome is None]
        gaps = [later - earlier for earlier, later in zip([started, *ticks], ticks, strict=False)]
        assert len(ticks) >= 5
        assert max(gaps) < 0.5

    def test_ticks_come_while_images_pour_in(self, site: Site, crawler):
        urls = [site.serve(f"/{number}.jpg", jpeg(number % 5, 1000, 800)) for number in range(120)]
        last, longest = time.monotonic(), 0.0
        for found in crawler().fetch_images([Candidate(url) for url in urls], lambda _: False):
            if found is None:
                longest = max(longest, time.monotonic() - last)
                last = time.monotonic()
        assert longest < 0.5

    def test_closing_the_generator_aborts_the_transfers(self, site: Site, crawler):
        candidates = [Candidate(site.route(f"/{number}.jpg", silence)) for number in range(10)]
        found = crawler().fetch_images(candidates, lambda _: False)
        assert next(found) is None
        started = time.monotonic()
        found.close()
        assert time.monotonic() - started < 0.2

    def test_candidates_are_taken_as_they_are_needed(self, site: Site, crawler):
        taken = []

        def endless():
            number = 0
            while True:
                taken.append(number)
                yield Candidate(site.url(f"/{number}.jpg"))
                number += 1

        found = crawler().fetch_images(endless(), lambda _: False)
        outcomes = 0
        while outcomes < 50:
            outcomes += next(found) is not None
        found.close()
        assert len(taken) < 400

    def test_what_waits_for_the_caller_is_bounded(self, site: Site, crawler):
        urls = [site.serve(f"/{number}.jpg", jpeg(number % 5)) for number in range(100)]
        found = crawler(connections=4).fetch_images([Candidate(url) for url in urls], lambda _: False)
        while next(found) is None:
            pass
        time.sleep(0.3)
        for _ in range(3):
            next(found)
        found.close()
        assert len(site.requests) < 30

    def test_no_candidates_end_at_once(self, crawler):
        assert list(crawler().fetch_images([], lambda _: False)) == []

    def test_the_same_crawler_can_be_used_again(self, site: Site, crawler):
        engine = crawler()
        url = site.serve("/a.jpg", jpeg())
        for _ in range(2):
            found = [outcome for outcome in engine.fetch_images([Candidate(url)], lambda _: False) if outcome]
            assert isinstance(found[0], Accepted)
        assert site.asked("/robots.txt") == 1


class TestDiscover:
    def test_reads_a_page_after_its_redirects(self, site: Site, crawler):
        site.serve("/there/", b"<title> Hills </title><img src=a.jpg alt=Hill>", Content_Type="text/html")
        page = crawler().discover(site.route("/page", redirect("/there/")))
        assert isinstance(page, Page)
        assert page.final_url == site.url("/there/")
        assert page.title == "Hills"
        assert page.candidates == (Candidate(site.url("/there/a.jpg"), site.url("/there/"), "Hill"),)

    def test_an_image_in_place_of_a_page_is_its_own_candidate(self, site: Site, crawler):
        url = site.serve("/a.jpg", jpeg())
        page = crawler().discover(url)
        assert isinstance(page, Page)
        assert [candidate.url for candidate in page.candidates] == [url]

    def test_a_page_without_images_has_no_candidates(self, site: Site, crawler):
        page = crawler().discover(site.serve("/page", b"<p>nothing</p>"))
        assert isinstance(page, Page)
        assert page.candidates == ()

    def test_other_documents_are_no_pages(self, site: Site, crawler):
        outcome = crawler().discover(site.serve("/a.pdf", b"%PDF-1.7", Content_Type="application/pdf"))
        assert isinstance(outcome, Refused)
        assert outcome.reason is Reason.NOT_A_PAGE

    def test_a_missing_page_says_so(self, site: Site, crawler):
        outcome = crawler().discover(site.url("/missing"))
        assert isinstance(outcome, Refused)
        assert (outcome.reason, outcome.http_status) == (Reason.NOT_FOUND, 404)

    def test_a_page_that_is_too_long_is_refused(self, site: Site, crawler):
        outcome = crawler(max_page_bytes=1000).discover(site.serve("/page", b"<p>" * 1000))
        assert isinstance(outcome, Refused)
        assert outcome.reason is Reason.TOO_LARGE

    def test_ticks_while_it_waits(self, site: Site, crawler):
        def slow(exchange: Exchange) -> None:
            time.sleep(0.6)
            answer(exchange, 200, b"<p>")

        ticks = []
        crawler().discover(site.route("/page", slow), lambda: ticks.append(1))
        assert len(ticks) >= 3


def test_an_unknown_host_is_worth_a_retry():
    engine = Crawler(CrawlPolicy(retry_pause_seconds=0.01), RobotsCache())
    (outcome,) = [
        found
        for found in engine.fetch_images([Candidate("http://no-such-host.invalid/a.jpg")], lambda _: False)
        if found
    ]
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.DNS_FAILED
    assert outcome.reason.retryable
