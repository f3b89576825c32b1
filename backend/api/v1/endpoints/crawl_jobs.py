import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from backend.api.deps import CurrentUser, Cursor, Limit, Reads, State, Writes
from backend.api.problems import problems
from backend.api.routes import TokenBeforeBody
from backend.api.state import AppState
from backend.database.states import JobStatus, UrlState
from backend.schemas.crawl_jobs import (
    ChunkPage,
    CrawlJob,
    CrawlJobCreate,
    CrawlJobPage,
    CrawlJobUpdate,
    CrawlUrlPage,
    Progress,
)
from backend.services import crawl_jobs as service
from backend.services import crawl_transitions as transitions
from backend.services.progress import get_progress as read_progress
from backend.services.sources import normalise_sources

router = APIRouter(prefix="/crawl-jobs", tags=["crawl jobs"], route_class=TokenBeforeBody)


async def _checked(lines: Sequence[str], state: AppState) -> list[str]:
    # Ten thousand take seconds, and nobody else should wait for them.
    return await asyncio.to_thread(normalise_sources, lines, state["settings"].crawler.allowed_hosts)


@router.get(
    "",
    summary="List your crawl jobs, newest first",
    description=f"`sources` are the first {service.SOURCES_IN_A_LIST} here; the job itself has all.",
)
async def list_crawl_jobs(
    user: CurrentUser,
    session: Reads,
    project_id: UUID | None = None,
    status: JobStatus | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> CrawlJobPage:
    page = await service.list_crawl_jobs(
        session, user.id, limit, cursor, project_id=project_id, status=status
    )
    return CrawlJobPage(items=[CrawlJob.of(job) for job in page.items], next_cursor=page.next_cursor)


@router.post("", status_code=201, summary="Make a crawl job", responses=problems(404, 409))
async def create_crawl_job(
    user: CurrentUser, session: Writes, state: State, wanted: CrawlJobCreate, response: Response
) -> CrawlJob:
    sources = await _checked(wanted.sources, state)
    job = await service.create_crawl_job(
        session, user.id, **{**wanted.model_dump(exclude={"sources"}), "sources": sources}
    )
    response.headers["Location"] = f"/api/v1/crawl-jobs/{job.id}"
    return CrawlJob.of(job)


@router.get("/{crawl_job_id}", summary="Read a crawl job", responses=problems(404))
async def get_crawl_job(user: CurrentUser, session: Reads, crawl_job_id: UUID) -> CrawlJob:
    return CrawlJob.of(await service.get_crawl_job(session, user.id, crawl_job_id))


@router.patch("/{crawl_job_id}", summary="Change a crawl job", responses=problems(404, 409))
async def update_crawl_job(
    user: CurrentUser, session: Writes, state: State, crawl_job_id: UUID, change: CrawlJobUpdate
) -> CrawlJob:
    changes: dict[str, Any] = change.model_dump(exclude_none=True)
    if change.sources is not None:
        changes["sources"] = await _checked(change.sources, state)
    return CrawlJob.of(await service.update_crawl_job(session, user.id, crawl_job_id, changes))


@router.delete(
    "/{crawl_job_id}",
    status_code=204,
    summary="Delete a crawl job; its images stay in the project",
    responses=problems(404, 409),
)
async def delete_crawl_job(user: CurrentUser, session: Writes, crawl_job_id: UUID) -> None:
    await service.delete_crawl_job(session, user.id, crawl_job_id)


@router.post(
    "/{crawl_job_id}/start", status_code=202, summary="Start a pending job", responses=problems(404, 409)
)
async def start_crawl_job(user: CurrentUser, session: Writes, crawl_job_id: UUID) -> CrawlJob:
    return CrawlJob.of(await transitions.start_crawl_job(session, user.id, crawl_job_id))


@router.post(
    "/{crawl_job_id}/stop", status_code=202, summary="Stop a running job", responses=problems(404, 409)
)
async def stop_crawl_job(user: CurrentUser, session: Writes, crawl_job_id: UUID) -> CrawlJob:
    return CrawlJob.of(await transitions.stop_crawl_job(session, user.id, crawl_job_id))


@router.post(
    "/{crawl_job_id}/retry",
    status_code=202,
    summary="Queue again what failed or was left undone",
    responses=problems(404, 409),
)
async def retry_crawl_job(user: CurrentUser, session: Writes, crawl_job_id: UUID) -> CrawlJob:
    return CrawlJob.of(await transitions.retry_crawl_job(session, user.id, crawl_job_id))


@router.get("/{crawl_job_id}/progress", summary="Read how far a job is", responses=problems(404))
async def get_progress(user: CurrentUser, session: Reads, crawl_job_id: UUID) -> Progress:
    return Progress.model_validate(await read_progress(session, user.id, crawl_job_id))


@router.get("/{crawl_job_id}/urls", summary="List what came of each URL", responses=problems(404))
async def list_crawl_urls(
    user: CurrentUser,
    session: Reads,
    crawl_job_id: UUID,
    state: UrlState | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> CrawlUrlPage:
    page = await service.list_urls(session, user.id, crawl_job_id, limit, cursor, state)
    return CrawlUrlPage.model_validate(page)


@router.get("/{crawl_job_id}/chunks", summary="List the pieces a job is worked in", responses=problems(404))
async def list_chunks(
    user: CurrentUser, session: Reads, crawl_job_id: UUID, limit: Limit = 50, cursor: Cursor = None
) -> ChunkPage:
    page = await service.list_chunks(session, user.id, crawl_job_id, limit, cursor)
    return ChunkPage.model_validate(page)
