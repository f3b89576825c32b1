"""Writes what came of URLs: images, each URL's outcome, the job's counters. One short transaction a batch."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from backend.crawler.dedup import NEAR_DUPLICATE_DISTANCE, hamming_distance
from backend.workers.leases import Claim, LostFenceError, renew_lease
from backend.workers.project_index import StoredImages
from backend.workers.timing import Timing

LIMIT_REACHED = "limit_reached"


@dataclass(frozen=True, slots=True)
class Fresh:
    """An image whose files are stored and whose row is not."""

    url_id: int
    http_status: int
    sha256: str
    phash: int
    width: int
    height: int
    format: str
    bytes: int
    label: str


@dataclass(frozen=True, slots=True)
class Twin:
    """Bytes that are held already, or that look like an image that is held: then `image_seq` says which."""

    url_id: int
    http_status: int
    sha256: str
    image_seq: int | None = None


@dataclass(frozen=True, slots=True)
class Miss:
    url_id: int
    http_status: int | None
    reason: str
    retryable: bool


Finding = Fresh | Twin | Miss


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    state: str
    http_status: int | None
    reason: str | None = None
    image_id: str | None = None


_LOCK_JOB = text("""
    select greatest(max_images - images_stored, 0) from crawl_jobs where id = :job_id for no key update
""")

_LOCK_PROJECT = text("select pg_advisory_xact_lock(hashtextextended('images ' || :project_id, 0))")

_HELD = text("select sha256, id from images where project_id = :project_id and sha256 = any(:digests)")

_INSERT_IMAGES = text("""
    insert into images (id, project_id, crawl_job_id, user_id, sha256, phash, width, height, format, bytes,
                        label, source_url, source_page, alt_text, licence, licence_url, author, fetched_at)
    select r.id, :project_id, :job_id, :user_id, r.sha256, r.phash, r.width, r.height, r.format, r.bytes,
           r.label, u.url, u.source_page, u.alt_text, u.licence, u.licence_url, u.author, now()
    from jsonb_to_recordset(cast(:images as jsonb)) as r (
             id uuid, url_id bigint, sha256 text, phash bigint, width int, height int, format text, bytes int,
             label text)
         join crawl_urls u on u.id = r.url_id and u.state = 'pending'
    on conflict (project_id, sha256) do nothing
""")

_CLOSE_URLS = text("""
    update crawl_urls u
    set state = r.state, reason = r.reason, http_status = r.http_status, image_id = r.image_id,
        finished_at = now()
    from jsonb_to_recordset(cast(:entries as jsonb)) as r (
             id bigint, state text, reason text, http_status int, image_id uuid)
    where u.id = r.id and u.crawl_job_id = :job_id and u.state = 'pending'
    returning u.state
""")

_REFUSE_REST = text("""
    update crawl_urls set state = 'rejected', reason = 'limit_reached', finished_at = now()
    where crawl_job_id = :job_id and state = 'pending'
""")

_CLOSE_WAITING_CHUNKS = text("""
    update job_chunks set state = 'done' where crawl_job_id = :job_id and state in ('pending', 'dispatched')
""")

_COUNT = text("""
    update crawl_jobs
    set urls_total = urls_total + :found, urls_done = urls_done + :done,
        images_stored = images_stored + :stored, images_duplicate = images_duplicate + :duplicate,
        urls_rejected = urls_rejected + :rejected, urls_failed = urls_failed + :failed, version = version + 1
    where id = :job_id
""")


@dataclass(slots=True)
class Ledger:
    """Of one chunk."""

    claim: Claim
    images: StoredImages
    timing: Timing
    # Digests that got no row of their own, and the image they resemble.
    _aliases: dict[str, UUID | None] = field(default_factory=dict)

    def record(self, connection: Connection, findings: Sequence[Finding]) -> bool:
        """True while the job wants more. Raises LostFenceError, and then nothing is written."""
        room, wants_more = self._lock(connection)
        images, entries = self._judge(connection, findings, room)
        if images:
            connection.execute(_INSERT_IMAGES, {**self._owner(), "images": json.dumps(images)})
        counts = close_urls(connection, self.claim.job_id, entries)
        is_full = counts["stored"] >= room
        if is_full:
            counts["rejected"] += _refuse_rest(connection, self.claim.job_id)
        add_counts(connection, self.claim.job_id, counts)
        return wants_more and not is_full

    def _lock(self, connection: Connection) -> tuple[int, bool]:
        room = connection.execute(_LOCK_JOB, {"job_id": self.claim.job_id}).scalar()
        if room is None:
            raise LostFenceError
        state = renew_lease(connection, self.claim, self.timing)
        connection.execute(_LOCK_PROJECT, {"project_id": str(self.claim.project_id)})
        self.images.refresh(connection)
        return room, state.status == "running"

    def _judge(
        self, connection: Connection, findings: Sequence[Finding], room: int
    ) -> tuple[list[dict[str, object]], list[Entry]]:
        held = self._held(connection, findings)
        accepted: list[tuple[UUID, Fresh]] = []
        entries: list[Entry] = []
        for finding in findings:
            if isinstance(finding, Miss):
                state = "failed" if finding.retryable else "rejected"
                entries.append(Entry(finding.url_id, state, finding.http_status, finding.reason))
                continue
            twin = self._twin_of(connection, finding, held, accepted)
            if twin is not None or isinstance(finding, Twin):
                held[finding.sha256] = twin
                entries.append(_duplicate(finding, twin))
            elif len(accepted) < room:
                held[finding.sha256] = image_id = uuid4()
                accepted.append((image_id, finding))
                entries.append(Entry(finding.url_id, "stored", finding.http_status, image_id=str(image_id)))
            else:
                entries.append(Entry(finding.url_id, "rejected", finding.http_status, LIMIT_REACHED))
        self._aliases = held
        return [{**asdict(image), "id": str(image_id)} for image_id, image in accepted], entries

    def _held(self, connection: Connection, findings: Iterable[Finding]) -> dict[str, UUID | None]:
        digests = [finding.sha256 for finding in findings if not isinstance(finding, Miss)]
        if not digests:
            return self._aliases
        rows = connection.execute(_HELD, {"project_id": self.claim.project_id, "digests": digests}).all()
        return self._aliases | {row.sha256: row.id for row in rows}

    def _twin_of(
        self,
        connection: Connection,
        finding: Fresh | Twin,
        held: dict[str, UUID | None],
        accepted: Iterable[tuple[UUID, Fresh]],
    ) -> UUID | None:
        if finding.sha256 in held:
            return held[finding.sha256]
        if isinstance(finding, Twin):
            return self._image_at(connection, finding.image_seq)
        for image_id, other in accepted:
            if hamming_distance(finding.phash, other.phash) <= NEAR_DUPLICATE_DISTANCE:
                return image_id
        return self._image_at(connection, self.images.find_near(finding.phash))

    def _image_at(self, connection: Connection, seq: int | None) -> UUID | None:
        return None if seq is None else self.images.image_at(connection, seq)

    def _owner(self) -> dict[str, UUID]:
        claim = self.claim
        return {"project_id": claim.project_id, "job_id": claim.job_id, "user_id": claim.user_id}


def _duplicate(finding: Fresh | Twin, twin: UUID | None) -> Entry:
    return Entry(finding.url_id, "duplicate", finding.http_status, image_id=str(twin) if twin else None)


def close_urls(connection: Connection, job_id: UUID, entries: Sequence[Entry]) -> Counter[str]:
    """How many URLs came to which state; one that was closed before does not count again."""
    if not entries:
        return Counter()
    parameters = {"job_id": job_id, "entries": json.dumps([asdict(entry) for entry in entries])}
    return Counter(connection.execute(_CLOSE_URLS, parameters).scalars())


def add_counts(connection: Connection, job_id: UUID, counts: Counter[str], found: int = 0) -> None:
    """`counts`: closed URLs by state. The caller holds the lock on the job row."""
    if not found and not counts.total():
        return
    states = ("stored", "duplicate", "rejected", "failed")
    numbers = {state: counts[state] for state in states}
    connection.execute(_COUNT, {"job_id": job_id, "found": found, "done": counts.total(), **numbers})


def _refuse_rest(connection: Connection, job_id: UUID) -> int:
    connection.execute(_CLOSE_WAITING_CHUNKS, {"job_id": job_id})
    return connection.execute(_REFUSE_REST, {"job_id": job_id}).rowcount
