"""Who works on a chunk. Every statement compares the fence: a holder that lost its lease can write nothing.

Locks are taken in one order everywhere: job, chunk, project.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from backend.workers.timing import Timing


class LostFenceError(Exception):
    """The chunk is no longer ours: stop at once and write nothing."""


@dataclass(frozen=True, slots=True)
class Claim:
    chunk_id: UUID
    fence: int
    attempt: int
    kind: str
    job_id: UUID
    project_id: UUID
    user_id: UUID
    label: str
    min_size: int


@dataclass(frozen=True, slots=True)
class JobState:
    status: str
    is_full: bool

    @property
    def wants_more(self) -> bool:
        return self.status == "running" and not self.is_full


_CLAIM = text("""
    update job_chunks c
    set state = 'running', lease_owner = :owner, lease_until = now() + make_interval(secs => :lease),
        fence = c.fence + 1, attempt = c.attempt + 1
    from crawl_jobs j
    where c.id = :chunk_id and j.id = c.crawl_job_id and j.status = 'running'
      and c.not_before <= now() and c.attempt < :max_attempts
      and (c.state in ('pending', 'dispatched') or (c.state = 'running' and c.lease_until < now()))
    returning c.id as chunk_id, c.fence, c.attempt, c.kind,
              j.id as job_id, j.project_id, j.user_id, j.label, j.min_size
""")

_RENEW = text("""
    update job_chunks c set lease_until = now() + make_interval(secs => :lease)
    from crawl_jobs j
    where c.id = :chunk_id and c.fence = :fence and c.state = 'running' and j.id = c.crawl_job_id
    returning j.status, j.images_stored >= j.max_images as is_full
""")

_CLOSE = text("""
    update job_chunks set state = :state, lease_owner = null, lease_until = null
    where id = :chunk_id and fence = :fence and state = 'running'
""")

_HAND_BACK = text("""
    with returned as (
        update job_chunks
        set state = 'pending', lease_owner = null, lease_until = null, attempt = attempt - 1
        where id = :chunk_id and fence = :fence and state = 'running'
        returning id
    )
    insert into outbox (task, payload)
    select 'crawl_chunk', jsonb_build_object('chunk_id', id) from returned
""")

_GIVE_UP_LEASE = text("""
    update job_chunks set lease_until = now(), last_error = :error
    where id = :chunk_id and fence = :fence and state = 'running'
""")


def claim_chunk(connection: Connection, chunk_id: UUID, owner: str, timing: Timing) -> Claim | None:
    """None when the hint came twice, too late, or for a job that no longer runs."""
    parameters = {
        "chunk_id": chunk_id,
        "owner": owner,
        "lease": timing.lease_seconds,
        "max_attempts": timing.max_attempts,
    }
    row = connection.execute(_CLAIM, parameters).mappings().first()
    return Claim(**row) if row else None


def renew_lease(connection: Connection, claim: Claim, timing: Timing) -> JobState:
    parameters = {"chunk_id": claim.chunk_id, "fence": claim.fence, "lease": timing.lease_seconds}
    row = connection.execute(_RENEW, parameters).mappings().first()
    if row is None:
        raise LostFenceError
    return JobState(**row)


def close_chunk(connection: Connection, claim: Claim, state: str) -> None:
    parameters = {"chunk_id": claim.chunk_id, "fence": claim.fence, "state": state}
    if connection.execute(_CLOSE, parameters).rowcount == 0:
        raise LostFenceError


def hand_back(connection: Connection, claim: Claim) -> None:
    """Return an unfinished chunk to the queue. Not a failure, so the attempt does not count."""
    parameters = {"chunk_id": claim.chunk_id, "fence": claim.fence}
    if connection.execute(_HAND_BACK, parameters).rowcount == 0:
        raise LostFenceError


def give_up_lease(connection: Connection, claim: Claim, error: str) -> None:
    """After an error: the reconciler returns the chunk now instead of when the lease runs out."""
    parameters = {"chunk_id": claim.chunk_id, "fence": claim.fence, "error": error}
    connection.execute(_GIVE_UP_LEASE, parameters)
