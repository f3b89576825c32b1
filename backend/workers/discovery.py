"""Pages to image URLs: reads the pages of a chunk and queues what each shows, all or nothing per page."""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from uuid import uuid4

from sqlalchemy import Connection, text

from backend.crawler import Candidate, Crawler, Page, Refused
from backend.utility.logging_config import get_logger
from backend.workers.completion import finish_chunk
from backend.workers.leases import Claim, LostFenceError, hand_back, renew_lease
from backend.workers.ledger import Entry, add_counts, close_urls
from backend.workers.workplace import Workplace

_log = get_logger(__name__)

NO_IMAGES = "no_images"
URLS_PER_CHUNK = 50
_LONGEST_URL = 2048
_LONGEST_TEXT = _LONGEST_URL

_PENDING = text("""
    select id, url from crawl_urls
    where chunk_id = :chunk_id and kind = 'page' and state = 'pending' order by attempts, id
""")

_TRY = text("update crawl_urls set attempts = attempts + 1 where id = :id")

_LOCK_JOB = text("select id from crawl_jobs where id = :job_id for no key update")

_INSERT_URLS = text("""
    insert into crawl_urls (crawl_job_id, kind, url, source_page, alt_text, licence, licence_url, author)
    select :job_id, 'image', r.url, r.source_page, r.alt_text, r.licence, r.licence_url, r.author
    from jsonb_to_recordset(cast(:candidates as jsonb)) as r (
        url text, source_page text, alt_text text, licence text, licence_url text, author text)
    on conflict (crawl_job_id, url) do nothing
    returning id
""")

# The address of a "page" that turned out to be an image.
_IS_AN_IMAGE = text("update crawl_urls set kind = 'image' where id = :id and state = 'pending'")

_NEXT_SEQ = text("select coalesce(max(seq), -1) + 1 from job_chunks where crawl_job_id = :job_id")

_INSERT_CHUNKS = text("""
    insert into job_chunks (id, crawl_job_id, seq, kind)
    select chunk.id, :job_id, :first_seq + chunk.place - 1, 'fetch'
    from unnest(cast(:chunk_ids as uuid[])) with ordinality as chunk (id, place)
""")

_ASSIGN = text("""
    update crawl_urls u set chunk_id = share.chunk_id
    from unnest(cast(:url_ids as bigint[]), cast(:url_chunks as uuid[])) as share (url_id, chunk_id)
    where u.id = share.url_id
""")

_ANNOUNCE = text("""
    insert into outbox (task, payload)
    select 'crawl_chunk', jsonb_build_object('chunk_id', id) from unnest(cast(:chunk_ids as uuid[])) as id
""")


class _Unwanted(Exception):  # noqa: N818
    """The job was stopped or is full."""


class _OutOfTime(Exception):  # noqa: N818
    """The chunk or the worker has no more time."""


def discover_pages(claim: Claim, place: Workplace) -> None:
    discovery = _Discovery(claim, place)
    discovery.finish(is_complete=discovery.run())


@dataclass(slots=True)
class _Discovery:
    claim: Claim
    place: Workplace
    _started: float = field(default_factory=time.monotonic)
    _last_beat: float = field(default_factory=time.monotonic)

    def run(self) -> bool:
        """False when there was no more time; the pages that are still pending tell the rest."""
        crawler = Crawler(self.place.policy_for(self.claim.min_size))
        for page_id, url in self._load():
            try:
                self._keep_up(force=True)
                self._try(page_id)
                found = crawler.discover(url, self._keep_up)
            except _Unwanted:
                return True
            except _OutOfTime:
                return False
            with self.place.database.begin() as connection:
                self._record(connection, page_id, url, found)
        return True

    def finish(self, *, is_complete: bool) -> None:
        with self.place.database.begin() as connection:
            if not connection.execute(_PENDING, {"chunk_id": self.claim.chunk_id}).first():
                finish_chunk(connection, self.claim, "done")
            elif is_complete:
                finish_chunk(connection, self.claim, "cancelled")
            else:
                hand_back(connection, self.claim)

    def _load(self) -> Sequence[tuple[int, str]]:
        with self.place.database.begin() as connection:
            rows = connection.execute(_PENDING, {"chunk_id": self.claim.chunk_id}).all()
        return [(row.id, row.url) for row in rows]

    def _try(self, page_id: int) -> None:
        with self.place.database.begin() as connection:
            connection.execute(_TRY, {"id": page_id})

    def _keep_up(self, *, force: bool = False) -> None:
        """Called while the page is awaited; what it raises ends the waiting."""
        now, timing = time.monotonic(), self.place.timing
        if self.place.is_stopping() or now - self._started > timing.chunk_seconds:
            raise _OutOfTime
        if not force and now - self._last_beat < timing.heartbeat_seconds:
            return
        self._last_beat = now
        with self.place.database.begin() as connection:
            if not renew_lease(connection, self.claim, timing).wants_more:
                raise _Unwanted

    def _record(self, connection: Connection, page_id: int, url: str, found: Page | Refused) -> None:
        job = {"job_id": self.claim.job_id}
        if connection.execute(_LOCK_JOB, job).scalar() is None:
            raise LostFenceError
        renew_lease(connection, self.claim, self.place.timing)
        candidates = [] if isinstance(found, Refused) else storable(found.candidates)
        if any(candidate.url == url for candidate in candidates):
            connection.execute(_IS_AN_IMAGE, {"id": page_id})
            self._queue(connection, [page_id])
            return
        entry = _entry(page_id, found, has_images=bool(candidates))
        counts = close_urls(connection, self.claim.job_id, [entry])
        new = self._insert(connection, candidates) if counts.total() else []
        self._queue(connection, new)
        add_counts(connection, self.claim.job_id, counts, found=len(new))
        _log.info("page read", url=url, state=entry.state, reason=entry.reason, images=len(new))

    def _insert(self, connection: Connection, candidates: Sequence[Candidate]) -> list[int]:
        rows = json.dumps([asdict(candidate) for candidate in candidates])
        parameters = {"job_id": self.claim.job_id, "candidates": rows}
        return list(connection.execute(_INSERT_URLS, parameters).scalars())

    def _queue(self, connection: Connection, url_ids: Sequence[int]) -> None:
        if not url_ids:
            return
        job = {"job_id": self.claim.job_id}
        chunk_ids = [uuid4() for _ in range(0, len(url_ids), URLS_PER_CHUNK)]
        first_seq = connection.execute(_NEXT_SEQ, job).scalar_one()
        connection.execute(_INSERT_CHUNKS, {**job, "first_seq": first_seq, "chunk_ids": chunk_ids})
        url_chunks = [chunk_ids[place // URLS_PER_CHUNK] for place in range(len(url_ids))]
        connection.execute(_ASSIGN, {"url_ids": url_ids, "url_chunks": url_chunks})
        connection.execute(_ANNOUNCE, {"chunk_ids": chunk_ids})


def _entry(page_id: int, found: Page | Refused, *, has_images: bool) -> Entry:
    if isinstance(found, Refused):
        state = "failed" if found.reason.retryable else "rejected"
        return Entry(page_id, state, found.http_status, found.reason.value)
    return Entry(page_id, "discovered", None) if has_images else Entry(page_id, "rejected", None, NO_IMAGES)


def storable(candidates: Iterable[Candidate]) -> list[Candidate]:
    """What PostgreSQL can hold: no NUL, no lone surrogate, no endless text; one of each URL."""
    cleaned: dict[str, Candidate] = {}
    for candidate in candidates:
        if 0 < len(candidate.url) <= _LONGEST_URL and _clean(candidate.url) == candidate.url:
            rest = {name: _clean(value) for name, value in asdict(candidate).items() if name != "url"}
            cleaned.setdefault(candidate.url, Candidate(candidate.url, **rest))
    return list(cleaned.values())


def _clean(value: str | None) -> str | None:
    if value is None:
        return None
    return value.encode("utf-8", "ignore").decode().replace("\0", "")[:_LONGEST_TEXT]
