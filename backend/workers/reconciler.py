"""Mends what crashes leave behind. Every step is repeatable, so two reconcilers at once only waste work."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Engine, text

from backend.utility.logging_config import get_logger
from backend.workers.completion import settle_job
from backend.workers.ledger import add_counts
from backend.workers.timing import Timing

_log = get_logger(__name__)

CHUNK_ABANDONED = "chunk_abandoned"

_LOCK = text("select pg_try_advisory_xact_lock(hashtextextended('pixcrawler reconciler', 0))")

# The first return is immediate: it is most often a worker that was killed. Later ones wait 5, 10, 20 s.
_RETURN_EXPIRED = text("""
    update job_chunks c
    set state = 'pending', lease_owner = null, lease_until = null,
        not_before = now()
                     + make_interval(secs => case when c.attempt < 2 then 0 else 5 * 2 ^ (c.attempt - 2) end),
        last_error = coalesce(c.last_error, 'the worker vanished')
    from crawl_jobs j
    where j.id = c.crawl_job_id and j.status = 'running'
      and c.state = 'running' and c.lease_until < now() and c.attempt < :max_attempts
    returning c.id
""")

_CANCEL_EXPIRED = text("""
    update job_chunks c set state = 'cancelled', lease_owner = null, lease_until = null
    from crawl_jobs j
    where j.id = c.crawl_job_id and j.status <> 'running' and c.state = 'running' and c.lease_until < now()
    returning c.id
""")

_UNCLAIMED = text("""
    update job_chunks set state = 'pending'
    where state = 'dispatched' and updated_at < now() - make_interval(secs => :resend)
    returning id
""")

_ANNOUNCE = text("""
    insert into outbox (task, payload)
    select 'crawl_chunk', jsonb_build_object('chunk_id', c.id)
    from job_chunks c join crawl_jobs j on j.id = c.crawl_job_id
    where c.state = 'pending' and c.not_before <= now() and j.status = 'running' and c.attempt < :max_attempts
      and not exists (
          select from outbox o where o.task = 'crawl_chunk' and o.payload ->> 'chunk_id' = c.id::text)
    returning id
""")

_EXHAUSTED = """
    attempt >= :max_attempts
    and (state in ('pending', 'dispatched') or (state = 'running' and lease_until < now()))
"""

_FIND_EXHAUSTED = text(f"select id, crawl_job_id from job_chunks where {_EXHAUSTED}")  # noqa: S608

_LOCK_JOB = text("select id from crawl_jobs where id = :job_id for no key update")

_BURY = text(f"""
    update job_chunks set state = 'dead', lease_owner = null, lease_until = null
    where id = :chunk_id and {_EXHAUSTED}
""")  # noqa: S608

_ABANDON_URLS = text("""
    update crawl_urls set state = 'failed', reason = :reason, finished_at = now()
    where chunk_id = :chunk_id and state = 'pending'
    returning state
""")

_FINISHABLE = text("""
    select id from crawl_jobs j
    where j.status in ('running', 'stopping') and not exists (
        select from job_chunks c where c.crawl_job_id = j.id
        and (c.state = 'running' or (j.status = 'running' and c.state in ('pending', 'dispatched'))))
""")

_PENDING_EXPORTS = text("""
    select e.id from exports e
    where e.status = 'pending' and e.created_at < now() - make_interval(secs => :resend)
      and not exists (
          select from outbox o where o.task = 'build_export' and o.payload ->> 'export_id' = e.id::text)
""")

_ANNOUNCE_EXPORT = text("""
    insert into outbox (task, payload)
    values ('build_export', jsonb_build_object('export_id', cast(:id as uuid)))
""")

_EXPIRE_EXPORTS = text("""
    update exports set status = 'failed', error = 'not built in time', finished_at = now()
    where status = 'pending' and created_at < now() - make_interval(secs => :limit)
    returning id
""")


@dataclass(slots=True)
class Reconciler:
    database: Engine
    timing: Timing
    clock: Callable[[], float] = time.monotonic
    _exports_sent: dict[UUID, float] = field(default_factory=dict)

    def run(self) -> bool:
        """One round; False when another reconciler is at it."""
        with self.database.begin() as guard:
            if not guard.execute(_LOCK).scalar():
                return False
            self._return_chunks()
            self._bury_exhausted()
            self._finish_jobs()
            self._resend_exports()
            return True

    def _return_chunks(self) -> None:
        limits = {"max_attempts": self.timing.max_attempts, "resend": self.timing.resend_seconds}
        with self.database.begin() as connection:
            for event, statement in (
                ("expired chunks returned", _RETURN_EXPIRED),
                ("expired chunks of stopped jobs cancelled", _CANCEL_EXPIRED),
                ("unclaimed chunks returned", _UNCLAIMED),
                ("chunks announced again", _ANNOUNCE),
            ):
                if number := len(connection.execute(statement, limits).all()):
                    _log.warning(event, number=number)

    def _bury_exhausted(self) -> None:
        limit = {"max_attempts": self.timing.max_attempts}
        with self.database.begin() as connection:
            chunks = connection.execute(_FIND_EXHAUSTED, limit).all()
        for chunk_id, job_id in chunks:
            chunk = {"chunk_id": chunk_id}
            with self.database.begin() as connection:
                connection.execute(_LOCK_JOB, {"job_id": job_id})
                if connection.execute(_BURY, {**chunk, **limit}).rowcount == 0:
                    continue
                urls = connection.execute(_ABANDON_URLS, {**chunk, "reason": CHUNK_ABANDONED}).scalars().all()
                add_counts(connection, job_id, Counter(urls))
                settle_job(connection, job_id)
            _log.error("chunk given up", chunk_id=str(chunk_id), crawl_job_id=str(job_id), urls=len(urls))

    def _finish_jobs(self) -> None:
        with self.database.begin() as connection:
            jobs = connection.execute(_FINISHABLE).scalars().all()
        for job_id in jobs:
            with self.database.begin() as connection:
                settle_job(connection, job_id)

    def _resend_exports(self) -> None:
        with self.database.begin() as connection:
            expired = (
                connection.execute(_EXPIRE_EXPORTS, {"limit": self.timing.export_seconds}).scalars().all()
            )
            if expired:
                _log.error("exports given up", number=len(expired))
            pending = (
                connection.execute(_PENDING_EXPORTS, {"resend": self.timing.resend_seconds}).scalars().all()
            )
            now = self.clock()
            self._exports_sent = {id_: at for id_, at in self._exports_sent.items() if id_ in pending}
            for export_id in pending:
                if now - self._exports_sent.get(export_id, -float("inf")) >= self.timing.resend_seconds:
                    self._exports_sent[export_id] = now
                    connection.execute(_ANNOUNCE_EXPORT, {"id": export_id})
