import gzip
import resource
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from backend.crawler import Accepted, CrawlPolicy, Reason, Refused
from backend.tests.crawler.pictures import jpeg
from backend.tests.crawler.site import Exchange, Site, answer, raw, redirect, running_site

MEBIBYTE = 1024 * 1024
OK = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n"


def reason_of(outcome) -> Reason:
    assert isinstance(outcome, Refused), outcome
    return outcome.reason


def drip(first: bytes):
    def send(exchange: Exchange) -> None:
        exchange.wfile.write(first)
        while not exchange.site.closing.wait(0.1):
            exchange.wfile.write(b"x")

    return send


def silence(exchange: Exchange) -> None:
    exchange.site.closing.wait(20)
    exchange.close_connection = True


def flood(first: bytes, block: bytes):
    def send(exchange: Exchange) -> None:
        exchange.wfile.write(first)
        while not exchange.site.closing.is_set():
            exchange.wfile.write(block)

    return send


@contextmanager
def peak_memory() -> Iterator[list[int]]:
    """What this process holds, looked at again and again until the block ends."""
    process, is_over = psutil.Process(), threading.Event()
    seen = [process.memory_info().rss]

    def look() -> None:
        while not is_over.wait(0.002):
            seen.append(process.memory_info().rss)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        is_over.set()
        watcher.join()


class TestHonesty:
    def test_a_request_says_who_we_are_and_nothing_else(self, site: Site, crawl):
        crawl(site.serve("/a.jpg", jpeg()), user_agent="PixCrawler/0.1 (+https://example.org)")
        for seen in site.requests:
            assert seen.headers["User-Agent"] == "PixCrawler/0.1 (+https://example.org)"
            assert set(seen.headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}

    def test_cookies_are_neither_kept_nor_sent(self, site: Site, crawl):
        site.serve("/a.jpg", jpeg(), Set_Cookie="session=1; Path=/")
        crawl([site.url("/a.jpg"), site.url("/b.jpg"), site.url("/c.jpg")], connections=1)
        assert all("Cookie" not in seen.headers for seen in site.requests)


class TestDeadline:
    @pytest.mark.parametrize(
        "route",
        [
            silence,
            drip(b""),
            drip(OK),
            drip(OK + b"Content-Length: 1000000\r\n\r\n\xff\xd8\xff"),
            drip(OK + b"Transfer-Encoding: chunked\r\n\r\n"),
            flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        ],
        ids=["silence", "status line", "headers", "body", "chunk", "interim answers"],
    )
    def test_nothing_outlives_it(self, site: Site, crawl, route):
        started = time.monotonic()
        (outcome,) = crawl(site.route("/slow.jpg", route), deadline_seconds=0.8)
        assert time.monotonic() - started < 2.5
        assert reason_of(outcome) in (Reason.TIMEOUT, Reason.HTTP_ERROR, Reason.TOO_LARGE, Reason.UNREACHABLE)

    def test_slow_hosts_do_not_hold_up_the_others(self, site: Site, crawl):
        slow = [site.route(f"/slow{number}.jpg", silence) for number in range(4)]
        fast = [site.serve(f"/fast{number}.jpg", jpeg(number)) for number in range(20)]
        started = time.monotonic()
        outcomes = crawl(slow + fast, deadline_seconds=1.0)
        assert all(isinstance(outcome, Accepted) for outcome in outcomes[4:])
        assert time.monotonic() - started < 3

    def test_a_host_that_never_answers_is_given_up(self, site: Site, crawl):
        urls = [site.route(f"/{number}.jpg", silence) for number in range(40)]
        started = time.monotonic()
        outcomes = crawl(urls, deadline_seconds=0.5)
        assert time.monotonic() - started < 3
        assert {reason_of(outcome) for outcome in outcomes} == {Reason.TIMEOUT}

    def test_a_trickle_below_the_lowest_speed_ends_early(self, site: Site, crawl):
        (outcome,) = crawl(
            site.route("/slow.jpg", drip(OK + b"Content-Length: 1000000\r\n\r\n\xff\xd8\xff")),
            low_speed_seconds=1,
        )
        assert reason_of(outcome) is Reason.TIMEOUT


class TestSize:
    def test_an_announced_size_over_the_cap_is_refused_unread(self, site: Site, crawl):
        (outcome,) = crawl(
            site.route("/big.jpg", raw(OK + b"Content-Length: 1000000000000000\r\n\r\n\xff\xd8"))
        )
        assert reason_of(outcome) is Reason.TOO_LARGE

    @pytest.mark.parametrize(
        ("first", "block"),
        [
            (OK + b"\r\n" + jpeg(), bytes(65536)),
            (
                OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\n\xff\xd8\xff\r\n",
                b"10000\r\n" + bytes(65536) + b"\r\n",
            ),
        ],
        ids=["plain", "chunked"],
    )
    def test_an_endless_body_ends_at_the_cap(self, site: Site, crawl, first, block):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        (outcome,) = crawl(site.route("/endless.jpg", flood(first, block)), max_bytes=4 * MEBIBYTE)
        assert reason_of(outcome) is Reason.TOO_LARGE
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 36 * 1024

    @pytest.mark.parametrize("layers", [1, 2, 3])
    def test_a_compression_bomb_is_counted_unpacked(self, site: Site, crawl, layers: int):
        packer = zlib.compressobj(9, wbits=31)
        bomb = packer.compress(jpeg()) + b"".join(packer.compress(bytes(MEBIBYTE)) for _ in range(200))
        bomb += packer.flush()
        for _ in range(layers - 1):
            bomb = gzip.compress(bomb)
        site.serve("/bomb.jpg", bomb, Content_Encoding=", ".join(["gzip"] * layers))
        cpu = time.process_time()
        (outcome,) = crawl(site.url("/bomb.jpg"))
        assert reason_of(outcome) is Reason.TOO_LARGE
        assert time.process_time() - cpu < 2

    def test_an_image_that_was_compressed_for_the_way_is_taken(self, site: Site, crawl):
        url = site.serve("/a.jpg", gzip.compress(jpeg()), Content_Encoding="gzip")
        (outcome,) = crawl(url)
        assert isinstance(outcome, Accepted)
        assert outcome.content == jpeg()

    @pytest.mark.parametrize("line", [b"X-Filler: " + b"a" * 1000 + b"\r\n", b"X-Robots-Tag: all\r\n"])
    def test_endless_headers_are_refused(self, site: Site, crawl, line: bytes):
        (outcome,) = crawl(site.route("/a.jpg", flood(OK, line * 50)), max_attempts=1)
        assert reason_of(outcome) is Reason.TOO_LARGE

    def test_many_large_images_take_turns_and_arrive_whole(self, site: Site, crawl):
        contents = [jpeg(seed) + bytes([seed]) * (6 * MEBIBYTE) for seed in range(10)]
        urls = [site.serve(f"/{seed}.jpg", content) for seed, content in enumerate(contents)]
        outcomes = crawl(urls, connections_per_host=10, deadline_seconds=30)
        assert {outcome.content for outcome in outcomes} == set(contents)

    def test_many_huge_bodies_do_not_fill_memory(self, site: Site, crawl):
        body = b"\xff\xd8\xff" + bytes(20 * MEBIBYTE)
        urls = [site.serve(f"/{number}.jpg", body) for number in range(12)]
        with peak_memory() as peak:
            outcomes = crawl(urls, connections_per_host=12, deadline_seconds=60)
        assert [reason_of(outcome) for outcome in outcomes] == [Reason.CORRUPT] * 12
        assert max(peak) - peak[0] < 220 * MEBIBYTE

    def test_a_film_is_not_fetched_to_its_end(self, site: Site, crawl):
        sent = []

        def film(exchange: Exchange) -> None:
            exchange.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n")
            for _ in range(300):
                exchange.wfile.write(b"\x00\x00\x00\x18ftypisom" + bytes(65524))
                sent.append(1)

        (outcome,) = crawl(site.route("/film.jpg", film))
        assert reason_of(outcome) is Reason.NOT_AN_IMAGE
        assert len(sent) < 250


class TestBrokenAnswers:
    @pytest.mark.parametrize(
        "content",
        [
            OK + b"Content-Length: 99999\r\n\r\n" + jpeg()[:3000],
            OK + b"Transfer-Encoding: chunked\r\n\r\n1000\r\n" + jpeg()[:100],
            OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + jpeg(),
            OK + b"Content-Length: 10\r\nContent-Length: 20\r\n\r\n" + jpeg(),
            OK + b"Content-Length: -1\r\n\r\n" + jpeg(),
            OK + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde",
            OK + b"Content-Length: 0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nbroken",
            b"\xff\xd8\xff not HTTP at all",
            jpeg(),
            b"",
        ],
        ids=[
            "cut",
            "cut chunk",
            "bad chunk",
            "two lengths",
            "negative",
            "bad gzip",
            "empty",
            "cut header",
            "0.9",
            "raw",
            "nothing",
        ],
    )
    def test_never_become_an_image(self, site: Site, crawl, content: bytes):
        (outcome,) = crawl(site.route("/a.jpg", raw(content)))
        assert isinstance(outcome, Refused)

    def test_a_body_longer_than_announced_is_not_mixed_with_the_next_answer(self, site: Site, crawl):
        """The surplus looks like an answer of its own; it must not be taken for the second image."""
        surplus = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL"
        body = jpeg(1)

        def smuggle(exchange: Exchange) -> None:
            exchange.wfile.write(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body + surplus)

        urls = [site.route("/first.jpg", smuggle), site.serve("/second.jpg", jpeg(2))]
        first, second = crawl(urls, connections=1)
        assert isinstance(first, Accepted)
        assert isinstance(second, Accepted)
        assert second.content == jpeg(2)

    def test_a_cut_body_is_tried_again(self, site: Site, crawl):
        def once_cut(exchange: Exchange) -> None:
            cut = exchange.site.asked("/a.jpg") == 1
            if cut:
                raw(OK + b"Content-Length: 99999\r\n\r\n" + jpeg()[:2000])(exchange)
            else:
                answer(exchange, 200, jpeg())

        (outcome,) = crawl(site.route("/a.jpg", once_cut))
        assert isinstance(outcome, Accepted)
        assert site.asked("/a.jpg") == 2


class TestStatus:
    @pytest.mark.parametrize(
        ("status", "reason"),
        [
            (404, Reason.NOT_FOUND),
            (410, Reason.NOT_FOUND),
            (401, Reason.ACCESS_DENIED),
            (403, Reason.ACCESS_DENIED),
            (451, Reason.ACCESS_DENIED),
            (400, Reason.HTTP_ERROR),
            (204, Reason.HTTP_ERROR),
            (300, Reason.HTTP_ERROR),
        ],
    )
    def test_a_permanent_answer_is_asked_for_once(self, site: Site, crawl, status, reason):
        (outcome,) = crawl(site.serve("/a.jpg", b"", status))
        assert reason_of(outcome) is reason
        assert outcome.http_status == status
        assert not outcome.reason.retryable
        assert site.asked("/a.jpg") == 1

    @pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
    def test_a_passing_fault_is_asked_for_three_times(self, site: Site, crawl, status):
        (outcome,) = crawl(site.serve("/a.jpg", b"", status))
        assert reason_of(outcome) is Reason.SERVER_ERROR
        assert outcome.reason.retryable
        assert site.asked("/a.jpg") == 3

    def test_a_host_that_recovers_gives_its_image(self, site: Site, crawl):
        def recover(exchange: Exchange) -> None:
            is_third = exchange.site.asked("/a.jpg") == 3
            answer(exchange, 200 if is_third else 500, jpeg() if is_third else b"")

        (outcome,) = crawl(site.route("/a.jpg", recover))
        assert isinstance(outcome, Accepted)

    def test_a_closed_port_is_unreachable(self, crawl):
        (outcome,) = crawl("http://127.0.0.1:1/a.jpg", allowed_hosts=frozenset({"127.0.0.1:1"}))
        assert reason_of(outcome) is Reason.ROBOTS_UNREACHABLE
        assert outcome.reason.retryable


class TestRetryAfter:
    @pytest.mark.parametrize("status", [429, 503])
    def test_a_short_one_is_obeyed(self, site: Site, crawl, status):
        asked = []

        def busy(exchange: Exchange) -> None:
            asked.append(time.monotonic())
            if len(asked) == 1:
                answer(exchange, status, b"", {"Retry-After": "1"})
            else:
                answer(exchange, 200, jpeg())

        (outcome,) = crawl(site.route("/a.jpg", busy))
        assert isinstance(outcome, Accepted)
        assert asked[1] - asked[0] >= 1

    def test_the_whole_host_is_left_alone_meanwhile(self, site: Site, crawl):
        asked = []

        def busy(exchange: Exchange) -> None:
            asked.append(time.monotonic())
            if len(asked) == 1:
                answer(exchange, 429, b"", {"Retry-After": "1"})
            else:
                answer(exchange, 200, jpeg())

        urls = [site.route(f"/{number}.jpg", busy) for number in range(5)]
        outcomes = crawl(urls, connections=1)
        assert all(isinstance(outcome, Accepted) for outcome in outcomes)
        assert min(asked[1:]) - asked[0] >= 1

    @pytest.mark.parametrize("value", ["3600", "999999999999999999999", "Wed, 21 Oct 2099 07:28:00 GMT"])
    def test_a_long_one_ends_the_attempt_at_once(self, site: Site, crawl, value):
        started = time.monotonic()
        (outcome,) = crawl(site.serve("/a.jpg", b"", 429, Retry_After=value))
        assert reason_of(outcome) is Reason.RATE_LIMITED
        assert outcome.reason.retryable
        assert site.asked("/a.jpg") == 1
        assert time.monotonic() - started < 1

    @pytest.mark.parametrize("value", ["soon", "-5", "", "1e9", "Wed, 99 Foo", "\u00b2"])
    def test_nonsense_counts_as_absent(self, site: Site, crawl, value):
        (outcome,) = crawl(site.serve("/a.jpg", b"", 429, Retry_After=value))
        assert reason_of(outcome) is Reason.RATE_LIMITED
        assert site.asked("/a.jpg") == 3


class TestRedirects:
    def test_are_followed_and_the_last_url_is_kept(self, site: Site, crawl):
        site.serve("/there.jpg", jpeg())
        for hop in range(5):
            site.route(f"/{hop}", redirect(f"/{hop + 1}" if hop < 4 else "/there.jpg", 301 + hop % 3))
        (outcome,) = crawl(site.url("/0"))
        assert isinstance(outcome, Accepted)
        assert outcome.final_url == site.url("/there.jpg")
        assert outcome.candidate.url == site.url("/0")

    @pytest.mark.parametrize("location", ["/loop", "?again", "http://{host}/loop"])
    def test_a_loop_ends_after_five_hops(self, site: Site, crawl, location):
        (outcome,) = crawl(site.route("/loop", redirect(location.replace("{host}", site.host))))
        assert reason_of(outcome) is Reason.TOO_MANY_REDIRECTS
        assert sum(seen.path.startswith("/loop") for seen in site.requests) == 6

    @pytest.mark.parametrize(
        "location", ["file:///etc/passwd", "gopher://127.0.0.1/", "http://user:pw@example.com/"]
    )
    def test_lead_only_to_the_web(self, site: Site, crawl, location):
        (outcome,) = crawl(site.route("/out", redirect(location)))
        assert reason_of(outcome) is Reason.BAD_URL

    def test_a_fast_redirector_does_not_drown_a_slow_host(self, site: Site, crawl):
        with running_site() as slow:

            def late(exchange: Exchange) -> None:
                time.sleep(0.08)
                answer(exchange, 200, jpeg())

            slow.route("/a.jpg", late)
            urls = [site.route(f"/{number}", redirect(slow.url(f"/a.jpg?{number}"))) for number in range(160)]
            allowed = frozenset({site.host, slow.host})
            outcomes = crawl(urls, allowed_hosts=allowed, connections=4, deadline_seconds=2.5)
        assert all(isinstance(outcome, Accepted) for outcome in outcomes)

    def test_without_a_place_to_go_are_an_error(self, site: Site, crawl):
        (outcome,) = crawl(site.serve("/nowhere", b"", 302))
        assert reason_of(outcome) is Reason.HTTP_ERROR


class TestPoliteness:
    def test_a_host_never_sees_more_connections_than_allowed(self, site: Site, crawl):
        now = [0]
        most = [0]

        def count(exchange: Exchange) -> None:
            now[0] += 1
            most[0] = max(most[0], now[0])
            time.sleep(0.02)
            now[0] -= 1
            answer(exchange, 404)

        urls = [site.route(f"/{number}.jpg", count) for number in range(30)]
        crawl(urls, connections=16, connections_per_host=3)
        assert 1 < most[0] <= 3

    def test_the_default_policy_is_within_reason(self):
        policy = CrawlPolicy()
        assert policy.connections_per_host <= 6
        assert policy.max_bytes == 32 * MEBIBYTE
        assert policy.deadline_seconds == 30
