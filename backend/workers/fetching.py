import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from enum import Enum
from typing import cast

from sqlalchemy import Connection, text

from backend.crawler import Accepted, Candidate, Crawler, Known, Outcome, Refused
from backend.storage import original_key, thumbnail_key
from backend.utility.logging_config import get_logger
from backend.workers.completion import finish_chunk
from backend.workers.labels import label_of
from backend.workers.leases import Claim, hand_back, renew_lease
from backend.workers.ledger import Finding, Fresh, Ledger, Miss, Twin
from backend.workers.workplace import Workplace

_log = get_logger(__name__)

# From this attempt on URLs are fetched one by one, so that a deadly one takes no other with it.
_CAREFUL_ATTEMPT = 3

# The least tried first: what killed the worker last time comes last.
_PENDING = text("""
    select id, url, source_page, alt_text, licence, licence_url, author from crawl_urls
    where chunk_id = :chunk_id and kind = 'image' and state = 'pending' order by attempts, id
""")

_TRY = text("update crawl_urls set attempts = attempts + 1 where id = any(:ids)")

_IS_HELD = text("select exists (select from images where project_id = :project_id and sha256 = :sha256)")

_HAS_PENDING = text("""
    select exists (
        select from crawl_urls where chunk_id = :chunk_id and kind = 'image' and state = 'pending')
""")


class _Ending(Enum):
    EXHAUSTED = "every URL has its outcome"
    UNWANTED = "the job was stopped or is full"
    OUT_OF_TIME = "the chunk or the worker has no more time"


@dataclass(frozen=True, slots=True)
class _Url:
    id: int
    candidate: Candidate


def fetch_images(claim: Claim, place: Workplace) -> None:
    images = place.indexes.take(claim.project_id)
    reading = place.database.execution_options(isolation_level="AUTOCOMMIT")
    with reading.connect() as reader:
        # Reading what is new before any lock is taken: of a large project it can be much.
        images.refresh(reader)
        fetch = _Fetch(claim, place, Ledger(claim, images, place.timing), reader)
        fetch.finish(fetch.run())
    place.indexes.keep(images)


@dataclass(slots=True)
class _Fetch:
    claim: Claim
    place: Workplace
    ledger: Ledger
    reader: Connection
    _findings: list[Finding] = field(default_factory=list)
    _digests: set[str] = field(default_factory=set)
    _started: float = field(default_factory=time.monotonic)
    _last_write: float = field(default_factory=time.monotonic)
    _last_beat: float = field(default_factory=time.monotonic)

    def run(self) -> _Ending:
        urls = self._load()
        # Ends the chunk at once when the job is full already.
        if not self._write():
            return _Ending.UNWANTED
        is_careful = self.claim.attempt >= _CAREFUL_ATTEMPT
        for group in [[url] for url in urls] if is_careful else [urls]:
            ending = self._fetch(group)
            if not self._write():
                return _Ending.UNWANTED
            if ending is not _Ending.EXHAUSTED:
                return ending
        return _Ending.EXHAUSTED

    def finish(self, ending: _Ending) -> None:
        with self.place.database.begin() as connection:
            chunk = {"chunk_id": self.claim.chunk_id}
            if not connection.execute(_HAS_PENDING, chunk).scalar():
                finish_chunk(connection, self.claim, "done")
            elif ending is _Ending.UNWANTED:
                finish_chunk(connection, self.claim, "cancelled")
            elif ending is _Ending.OUT_OF_TIME:
                hand_back(connection, self.claim)
            else:
                raise RuntimeError("the engine left URLs without an outcome")
        _log.info("chunk finished", ending=ending.name.lower())

    def _load(self) -> list[_Url]:
        with self.place.database.begin() as connection:
            rows = connection.execute(_PENDING, {"chunk_id": self.claim.chunk_id}).all()
        return [_Url(row[0], Candidate(*row[1:])) for row in rows]

    def _fetch(self, urls: Sequence[_Url]) -> _Ending:
        with self.place.database.begin() as connection:
            connection.execute(_TRY, {"ids": [url.id for url in urls]})
        ids = {url.candidate.url: url.id for url in urls}
        crawler = Crawler(self.place.policy_for(self.claim.min_size))
        found = crawler.fetch_images([url.candidate for url in urls], self._is_known)
        with closing(cast("Generator[Outcome | None]", found)) as outcomes:
            for outcome in outcomes:
                if outcome is not None:
                    self._take(ids[outcome.candidate.url], outcome)
                if not self._keep_up():
                    return _Ending.UNWANTED
                if self._is_out_of_time():
                    return _Ending.OUT_OF_TIME
        return _Ending.EXHAUSTED

    def _take(self, url_id: int, outcome: Outcome) -> None:
        match outcome:
            case Refused():
                reason = outcome.reason
                self._findings.append(Miss(url_id, outcome.http_status, reason.value, reason.retryable))
            case Known():
                self._findings.append(Twin(url_id, outcome.http_status, outcome.sha256))
            case Accepted():
                self._findings.append(self._keep(url_id, outcome))

    def _keep(self, url_id: int, image: Accepted) -> Finding:
        """Files before rows: a row never points to nothing. What resembles a stored image needs no file."""
        self._digests.add(image.sha256)
        if seq := self.ledger.images.find_near(image.phash):
            return Twin(url_id, image.http_status, image.sha256, seq)
        self.place.storage.put(original_key(image.sha256), image.content)
        self.place.storage.put(thumbnail_key(image.sha256), image.thumbnail)
        return Fresh(
            url_id=url_id,
            http_status=image.http_status,
            sha256=image.sha256,
            phash=image.phash,
            width=image.width,
            height=image.height,
            format=image.format,
            bytes=len(image.content),
            label=label_of(image.candidate.url, self.claim.label),
        )

    def _is_known(self, sha256: str) -> bool:
        if sha256 in self._digests:
            return True
        parameters = {"project_id": self.claim.project_id, "sha256": sha256}
        return bool(self.reader.execute(_IS_HELD, parameters).scalar())

    def _keep_up(self) -> bool:
        """Write or heartbeat when it is time; False when the job wants no more."""
        now, timing = time.monotonic(), self.place.timing
        if len(self._findings) >= timing.batch_results or (
            self._findings and now - self._last_write >= timing.batch_seconds
        ):
            return self._write()
        if now - self._last_beat >= timing.heartbeat_seconds:
            return self._beat()
        return True

    def _write(self) -> bool:
        findings, self._findings = self._findings, []
        with self.place.database.begin() as connection:
            wants_more = self.ledger.record(connection, findings)
        self._last_write = self._last_beat = time.monotonic()
        return wants_more

    def _beat(self) -> bool:
        with self.place.database.begin() as connection:
            state = renew_lease(connection, self.claim, self.place.timing)
        self._last_beat = time.monotonic()
        return state.wants_more

    def _is_out_of_time(self) -> bool:
        return self.place.is_stopping() or time.monotonic() - self._started > self.place.timing.chunk_seconds
