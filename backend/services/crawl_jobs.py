from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import delete, insert, select, tuple_, update
from sqlalchemy.orm import defer
from sqlalchemy.orm.attributes import set_committed_value

from backend.core.exceptions import IllegalTransitionError, NotFoundError
from backend.database.models import CrawlJob, CrawlUrl, JobChunk
from backend.database.session import AnySession, WriteSession
from backend.database.states import JobStatus, SourceType, UrlState
from backend.services.keyset import (
    Page,
    make_page,
    number_cursor,
    parse_number_cursor,
    parse_time_cursor,
    time_cursor,
)
from backend.services.projects import require_project

_AT_REST: tuple[JobStatus, ...] = ("pending", "stopped", "completed", "failed")
_LONGEST_NAME = 120
SOURCES_IN_A_LIST = 20


async def list_crawl_jobs(
    session: AnySession,
    user_id: UUID,
    limit: int,
    cursor: str | None,
    *,
    project_id: UUID | None = None,
    status: JobStatus | None = None,
) -> Page[CrawlJob]:
    # A job can have twenty megabytes of sources, and a page a hundred jobs.
    first_sources = CrawlJob.sources[1:SOURCES_IN_A_LIST]
    statement = select(CrawlJob, first_sources).options(defer(CrawlJob.sources))
    statement = statement.where(CrawlJob.user_id == user_id)
    if project_id is not None:
        statement = statement.where(CrawlJob.project_id == project_id)
    if status is not None:
        statement = statement.where(CrawlJob.status == status)
    if cursor is not None:
        statement = statement.where(tuple_(CrawlJob.created_at, CrawlJob.id) < parse_time_cursor(cursor))
    statement = statement.order_by(CrawlJob.created_at.desc(), CrawlJob.id.desc()).limit(limit + 1)
    rows = (await session.execute(statement)).all()
    for job, sources in rows:
        set_committed_value(job, "sources", sources)
    return make_page([job for job, _ in rows], limit, lambda row: time_cursor(row.created_at, row.id))


async def get_crawl_job(session: AnySession, user_id: UUID, job_id: UUID) -> CrawlJob:
    return _found(await session.scalar(select(CrawlJob).where(*_own(user_id, job_id))))


async def lock_crawl_job(session: WriteSession, user_id: UUID, job_id: UUID) -> CrawlJob:
    """Locks are taken in the workers' order: job, chunk, project."""
    statement = select(CrawlJob).where(*_own(user_id, job_id)).with_for_update(key_share=True)
    return _found(await session.scalar(statement))


async def create_crawl_job(
    session: WriteSession,
    user_id: UUID,
    project_id: UUID,
    *,
    name: str,
    source_type: SourceType,
    sources: Sequence[str],
    **limits: Any,  # noqa: ANN401
) -> CrawlJob:
    await require_project(session, user_id, project_id)
    statement = insert(CrawlJob).values(
        user_id=user_id,
        project_id=project_id,
        name=name or _name_of(source_type, sources),
        source_type=source_type,
        sources=list(sources),
        **limits,
    )
    return (await session.scalars(statement.returning(CrawlJob))).one()


async def update_crawl_job(
    session: WriteSession, user_id: UUID, job_id: UUID, changes: dict[str, Any]
) -> CrawlJob:
    job = await lock_crawl_job(session, user_id, job_id)
    if job.status != "pending" and changes.keys() - {"name"}:
        raise IllegalTransitionError("be changed, except for its name", job.status, ["pending"])
    if changes:
        statement = update(CrawlJob).where(CrawlJob.id == job_id)
        await session.execute(statement.values(version=CrawlJob.version + 1, **changes))
        await session.refresh(job)
    return job


async def delete_crawl_job(session: WriteSession, user_id: UUID, job_id: UUID) -> None:
    """The images stay: they belong to the project."""
    job = await lock_crawl_job(session, user_id, job_id)
    if job.status not in _AT_REST:
        raise IllegalTransitionError("be deleted", job.status, _AT_REST)
    await session.execute(delete(CrawlJob).where(CrawlJob.id == job_id))


async def list_urls(
    session: AnySession,
    user_id: UUID,
    job_id: UUID,
    limit: int,
    cursor: str | None,
    state: UrlState | None = None,
) -> Page[CrawlUrl]:
    await require_crawl_job(session, user_id, job_id)
    statement = select(CrawlUrl).where(CrawlUrl.crawl_job_id == job_id)
    if state is not None:
        statement = statement.where(CrawlUrl.state == state)
    if cursor is not None:
        statement = statement.where(CrawlUrl.id > parse_number_cursor(cursor))
    rows = (await session.scalars(statement.order_by(CrawlUrl.id).limit(limit + 1))).all()
    return make_page(rows, limit, lambda row: number_cursor(row.id))


async def list_chunks(
    session: AnySession, user_id: UUID, job_id: UUID, limit: int, cursor: str | None
) -> Page[JobChunk]:
    await require_crawl_job(session, user_id, job_id)
    statement = select(JobChunk).where(JobChunk.crawl_job_id == job_id)
    if cursor is not None:
        statement = statement.where(JobChunk.seq > parse_number_cursor(cursor))
    rows = (await session.scalars(statement.order_by(JobChunk.seq).limit(limit + 1))).all()
    return make_page(rows, limit, lambda row: number_cursor(row.seq))


async def require_crawl_job(session: AnySession, user_id: UUID, job_id: UUID) -> None:
    if await session.scalar(select(CrawlJob.id).where(*_own(user_id, job_id))) is None:
        raise NotFoundError("crawl job")


def _own(user_id: UUID, job_id: UUID) -> tuple[Any, ...]:
    return (CrawlJob.id == job_id, CrawlJob.user_id == user_id)


def _found(job: CrawlJob | None) -> CrawlJob:
    if job is None:
        raise NotFoundError("crawl job")
    return job


def _name_of(source_type: SourceType, sources: Sequence[str]) -> str:
    host = urlsplit(sources[0]).netloc
    more = len(sources) - 1
    what = host if source_type == "web_page" else f"URLs from {host}"
    return f"{what} and {more} more"[:_LONGEST_NAME] if more else what[:_LONGEST_NAME]
