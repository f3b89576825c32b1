from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from backend.core.exceptions import NotFoundError
from backend.core.net.notifications import Load
from backend.database.models import CrawlJob
from backend.database.session import AnySession, Database

ProgressRow = Row[*tuple[Any, ...]]

_COLUMNS = (
    CrawlJob.id.label("crawl_job_id"),
    CrawlJob.version,
    CrawlJob.status,
    CrawlJob.error,
    CrawlJob.urls_total,
    CrawlJob.urls_done,
    CrawlJob.images_stored,
    CrawlJob.images_duplicate,
    CrawlJob.urls_rejected,
    CrawlJob.urls_failed,
    CrawlJob.started_at,
    CrawlJob.finished_at,
)


async def get_progress(session: AnySession, user_id: UUID, job_id: UUID) -> ProgressRow:
    statement = select(*_COLUMNS).where(CrawlJob.id == job_id, CrawlJob.user_id == user_id)
    row = (await session.execute(statement)).first()
    if row is None:
        raise NotFoundError("crawl job")
    return row


def progress_loader(database: Database) -> Load[ProgressRow]:
    """Reads what watchers wait for; whether they may see it was decided when they came."""

    async def load(job_ids: Iterable[UUID]) -> Mapping[UUID, ProgressRow]:
        async with database.reading() as session:
            rows = await session.execute(select(*_COLUMNS).where(CrawlJob.id.in_(job_ids)))
            return {row.crawl_job_id: row for row in rows}

    return load
