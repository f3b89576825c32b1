"""Start, stop, retry: each locks the job, checks the state, and writes work and messages in one transaction.

pending --start--> running --stop--> stopping --(workers)--> stopped
                      |                                        |
                  (workers)--> completed, failed --retry--> running
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, text, update

from backend.core.exceptions import ConflictError, IllegalTransitionError
from backend.database.models import CrawlJob, JobChunk
from backend.database.session import WriteSession
from backend.database.states import JobStatus
from backend.services.crawl_jobs import lock_crawl_job

URLS_IN_A_CHUNK = 50

_ADD_URLS = text("""
    insert into crawl_urls (crawl_job_id, kind, url)
    select :job_id, :kind, url from unnest(cast(:urls as text[])) with ordinality as u (url, line)
    order by line
    on conflict (crawl_job_id, url) do nothing
""")

# What failed, and what a stop left undone. A job that brought nothing asks again for all it was refused:
# by now the page may have images, and a missing file may be there.
_REOPEN_URLS = text("""
    with reopened as (
        update crawl_urls
        set state = 'pending', reason = null, http_status = null, finished_at = null
        where crawl_job_id = :job_id
          and (state in ('failed', 'pending') or (:is_fruitless and state = 'rejected'))
        returning id
    )
    select count(*) from reopened
""")

# Every pending URL gets a chunk: a page one of its own, images fifty to a chunk; every chunk gets a message.
_QUEUE_URLS = text("""
    with due as (
        select id, kind,
               (row_number() over (partition by kind order by id) - 1)
               / case kind when 'page' then 1 else :size end as part
        from crawl_urls where crawl_job_id = :job_id and state = 'pending'
    ), parts as (
        select kind, part, :first + row_number() over (order by kind desc, part) - 1 as seq
        from due group by kind, part
    ), chunks as (
        insert into job_chunks (crawl_job_id, seq, kind)
        select :job_id, seq, case kind when 'page' then 'discover' else 'fetch' end from parts order by seq
        returning id, seq
    ), placed as (
        update crawl_urls u set chunk_id = chunks.id
        from due join parts using (kind, part) join chunks using (seq)
        where u.id = due.id
    )
    insert into outbox (task, payload)
    select 'crawl_chunk', jsonb_build_object('chunk_id', id) from chunks order by seq
""")

_RUN = text("""
    update crawl_jobs
    set status = 'running', error = null, version = version + 1, finished_at = null,
        started_at = coalesce(started_at, now()),
        urls_total = t.total, urls_done = t.done, images_stored = t.stored, images_duplicate = t.duplicate,
        urls_rejected = t.rejected, urls_failed = t.failed
    from (
        select count(*) as total,
               count(*) filter (where state <> 'pending') as done,
               count(*) filter (where state = 'stored') as stored,
               count(*) filter (where state = 'duplicate') as duplicate,
               count(*) filter (where state = 'rejected') as rejected,
               count(*) filter (where state = 'failed') as failed
        from crawl_urls where crawl_job_id = :job_id
    ) t
    where id = :job_id
""")


async def start_crawl_job(session: WriteSession, user_id: UUID, job_id: UUID) -> CrawlJob:
    job = await lock_crawl_job(session, user_id, job_id)
    _require(job, "be started", ["pending"])
    kind = "image" if job.source_type == "url_list" else "page"
    await session.execute(_ADD_URLS, {"job_id": job_id, "kind": kind, "urls": job.sources})
    return await _run(session, job)


async def retry_crawl_job(session: WriteSession, user_id: UUID, job_id: UUID) -> CrawlJob:
    job = await lock_crawl_job(session, user_id, job_id)
    _require(job, "be retried", ["stopped", "completed", "failed"])
    # What a worker of an earlier run still holds keeps its fence, but finds its chunk closed.
    reopened = await session.scalar(_REOPEN_URLS, {"job_id": job_id, "is_fruitless": job.status == "failed"})
    if not reopened:
        raise ConflictError("No URL of this crawl job failed or was left undone.")
    return await _run(session, job)


async def stop_crawl_job(session: WriteSession, user_id: UUID, job_id: UUID) -> CrawlJob:
    """Running chunks see it in their next heartbeat; the others are cancelled here."""
    job = await lock_crawl_job(session, user_id, job_id)
    _require(job, "be stopped", ["running"])
    waiting = update(JobChunk).where(
        JobChunk.crawl_job_id == job_id, JobChunk.state.in_(["pending", "dispatched"])
    )
    await session.execute(waiting.values(state="cancelled"))
    is_busy = await session.scalar(
        select(JobChunk.id).where(JobChunk.crawl_job_id == job_id, JobChunk.state == "running").limit(1)
    )
    change = {"status": "stopping"} if is_busy else {"status": "stopped", "finished_at": func.now()}
    statement = update(CrawlJob).where(CrawlJob.id == job_id)
    await session.execute(statement.values(version=CrawlJob.version + 1, **change))
    await session.refresh(job)
    return job


async def _run(session: WriteSession, job: CrawlJob) -> CrawlJob:
    last = await session.scalar(select(func.max(JobChunk.seq)).where(JobChunk.crawl_job_id == job.id))
    first = 0 if last is None else last + 1
    await session.execute(_QUEUE_URLS, {"job_id": job.id, "first": first, "size": URLS_IN_A_CHUNK})
    await session.execute(_RUN, {"job_id": job.id})
    await session.refresh(job)
    return job


def _require(job: CrawlJob, action: str, allowed: Sequence[JobStatus]) -> None:
    if job.status not in allowed:
        raise IllegalTransitionError(action, job.status, allowed)
