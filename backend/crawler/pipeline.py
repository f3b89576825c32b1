"""Candidates in, judged images out: the engine as workers and the command line use it."""

import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice

from backend.crawler.decode import BadImageError, DecodeLimits, decode, sniff
from backend.crawler.exchange import Failure, Request, Response
from backend.crawler.fetch import Fetcher
from backend.crawler.guard import Guard
from backend.crawler.hashes import sha256_hex
from backend.crawler.optout import refuses, reserves_mining
from backend.crawler.policy import CrawlPolicy
from backend.crawler.reasons import Reason
from backend.crawler.records import Accepted, Candidate, Known, Outcome, Page, Refused
from backend.crawler.robots import RobotsCache
from backend.crawler.sources.page_reader import PageOptedOutError, UnreadablePageError, read_page

TICK_SECONDS = 0.2
_STEP_SECONDS = 0.1
# Enough waiting URLs that one slow host does not hide the next one.
_WINDOW = 256
# Of bodies that wait to be decoded; the network waits for us instead.
_MAX_WAITING_BYTES = 16 * 1024 * 1024
_ACCEPTED_IMAGES = "image/webp,image/png,image/jpeg,image/gif,image/*;q=0.3,*/*;q=0.1"
_ACCEPTED_PAGES = "text/html,application/xhtml+xml,*/*;q=0.1"

# Rules of robots.txt outlive a chunk: one cache per process.
_PROCESS_ROBOTS = RobotsCache()


class Crawler:
    """One per chunk, one thread. Production leaves `guard` and `pinned` alone: the policy decides."""

    def __init__(
        self,
        policy: CrawlPolicy,
        robots: RobotsCache | None = None,
        guard: Guard | None = None,
        pinned: tuple[str, ...] = (),
    ) -> None:
        self._policy = policy
        self._robots = robots or _PROCESS_ROBOTS
        self._guard = guard or Guard(policy.allowed_hosts)
        self._pinned = pinned
        self._limits = DecodeLimits(policy.min_size, policy.max_pixels)

    def fetch_images(
        self, candidates: Iterable[Candidate], is_known: Callable[[str], bool]
    ) -> Iterator[Outcome | None]:
        """Yields an outcome per candidate as they arrive, and None as a tick every 250 ms at the latest.

        Closing the generator aborts all transfers. `is_known` gets the sha256 before anything is decoded.
        """
        pending = iter(candidates)
        answers: deque[tuple[Candidate, Response | Failure]] = deque()
        last_tick = time.monotonic()
        with self._fetcher() as fetcher:
            while True:
                for candidate in islice(pending, max(0, _WINDOW - fetcher.unfinished - len(answers))):
                    self._submit(fetcher, candidate, answers)
                if not fetcher.unfinished and not answers:
                    return
                if fetcher.unfinished and self._has_room(answers):
                    fetcher.step(0 if answers else _STEP_SECONDS)
                if answers:
                    yield self._judge(*answers.popleft(), is_known)
                if time.monotonic() - last_tick >= TICK_SECONDS:
                    last_tick = time.monotonic()
                    yield None

    def discover(self, page_url: str, on_tick: Callable[[], None] | None = None) -> Page | Refused:
        """Reads one page; `on_tick` is called while waiting, so that a lease can be kept."""
        answers: list[Response | Failure] = []
        with self._fetcher() as fetcher:
            fetcher.submit(self._page_request(page_url), answers.append)
            while not answers:
                fetcher.step(_STEP_SECONDS)
                if on_tick is not None:
                    on_tick()
        candidate = Candidate(page_url)
        answer = self._opted_in(answers[0])
        if isinstance(answer, Failure):
            return _refused(candidate, answer)
        return self._read_page(candidate, answer, on_tick)

    def _fetcher(self) -> Fetcher:
        return Fetcher(self._policy, self._guard, self._robots, pinned=self._pinned)

    def _submit(
        self, fetcher: Fetcher, candidate: Candidate, answers: deque[tuple[Candidate, Response | Failure]]
    ) -> None:
        request = Request(
            url=candidate.url,
            max_bytes=self._policy.max_bytes,
            deadline_seconds=self._policy.deadline_seconds,
            accept=_ACCEPTED_IMAGES,
            is_welcome=_may_be_image,
        )
        fetcher.submit(request, lambda answer: answers.append((candidate, answer)))

    def _has_room(self, answers: Collection[tuple[Candidate, Response | Failure]]) -> bool:
        waiting_bytes = sum(len(answer.body) for _, answer in answers if isinstance(answer, Response))
        return len(answers) < self._policy.connections and waiting_bytes < _MAX_WAITING_BYTES

    def _page_request(self, url: str) -> Request:
        return Request(
            url=url,
            max_bytes=self._policy.max_page_bytes,
            deadline_seconds=self._policy.deadline_seconds,
            accept=_ACCEPTED_PAGES,
            accept_encoding="",
        )

    def _opted_in(self, answer: Response | Failure) -> Response | Failure:
        if isinstance(answer, Failure):
            return answer
        directive = refuses(answer.values("x-robots-tag"), self._policy.product_token)
        if directive is not None:
            return Failure(Reason.OPTED_OUT, f"X-Robots-Tag: {directive}", answer.status)
        if reserves_mining(answer.values("tdm-reservation")):
            return Failure(Reason.OPTED_OUT, "tdm-reservation: 1", answer.status)
        return answer

    def _judge(
        self, candidate: Candidate, answer: Response | Failure, is_known: Callable[[str], bool]
    ) -> Outcome:
        answer = self._opted_in(answer)
        if isinstance(answer, Failure):
            return _refused(candidate, answer)
        digest = sha256_hex(answer.body)
        if is_known(digest):
            return Known(candidate, digest, answer.status)
        try:
            image = decode(answer.body, self._limits)
        except BadImageError as error:
            return Refused(candidate, error.reason, answer.status, error.detail)
        return Accepted(
            candidate=candidate,
            final_url=answer.url,
            http_status=answer.status,
            sha256=digest,
            phash=image.phash,
            width=image.width,
            height=image.height,
            format=image.format,
            content=answer.body,
            thumbnail=image.thumbnail,
        )

    def _read_page(
        self, candidate: Candidate, response: Response, on_tick: Callable[[], None] | None
    ) -> Page | Refused:
        if sniff(response.body) is not None:
            return Page(response.url, None, (Candidate(response.url, source_page=None),))
        content_type = (response.first("content-type") or "text/html").partition(";")[0].strip().lower()
        if content_type not in ("text/html", "application/xhtml+xml"):
            return Refused(candidate, Reason.NOT_A_PAGE, response.status, content_type)
        token, limit = self._policy.product_token, self._policy.max_candidates
        try:
            return read_page(response.body, response.url, token, limit, on_tick)
        except PageOptedOutError as wish:
            return Refused(candidate, Reason.OPTED_OUT, response.status, f"robots meta: {wish}")
        except UnreadablePageError as error:
            return Refused(candidate, Reason.NOT_A_PAGE, response.status, str(error))


def _may_be_image(head: bytes) -> bool:
    return sniff(head) is not None


def _refused(candidate: Candidate, failure: Failure) -> Refused:
    return Refused(candidate, failure.reason, failure.status, failure.detail)
