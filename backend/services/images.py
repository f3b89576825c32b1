from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from backend.core.exceptions import NotFoundError
from backend.database.models import Image
from backend.database.session import AnySession, WriteSession
from backend.services.crawl_jobs import require_crawl_job
from backend.services.keyset import Page, make_page, number_cursor, parse_number_cursor
from backend.services.projects import require_project

ImageRow = Image


async def list_project_images(
    session: AnySession,
    user_id: UUID,
    project_id: UUID,
    limit: int,
    cursor: str | None,
    *,
    label: str | None = None,
    crawl_job_id: UUID | None = None,
) -> Page[Image]:
    await require_project(session, user_id, project_id)
    conditions = [Image.project_id == project_id]
    if label is not None:
        conditions.append(Image.label == label)
    if crawl_job_id is not None:
        conditions.append(Image.crawl_job_id == crawl_job_id)
    return await _list(session, conditions, limit, cursor)


async def list_job_images(
    session: AnySession, user_id: UUID, job_id: UUID, limit: int, cursor: str | None
) -> Page[Image]:
    await require_crawl_job(session, user_id, job_id)
    return await _list(session, [Image.crawl_job_id == job_id], limit, cursor)


async def get_image(session: AnySession, user_id: UUID, image_id: UUID) -> Image:
    return _found(await session.scalar(select(Image).where(Image.id == image_id, Image.user_id == user_id)))


async def get_viewable_image(session: AnySession, viewer: UUID | None, image_id: UUID) -> Image:
    """Without a viewer the signed address was the permission, and its signature was checked."""
    if viewer is not None:
        return await get_image(session, viewer, image_id)
    return _found(await session.scalar(select(Image).where(Image.id == image_id)))


async def update_image(
    session: WriteSession, user_id: UUID, image_id: UUID, label: str | None, deleted: bool | None
) -> Image:
    changes: dict[str, Any] = {}
    if label is not None:
        changes["label"] = label
    if deleted is not None:
        # A second deletion keeps the time of the first.
        changes["deleted_at"] = func.coalesce(Image.deleted_at, func.now()) if deleted else None
    if changes:
        own = update(Image).where(Image.id == image_id, Image.user_id == user_id)
        await session.execute(own.values(**changes))
    return await get_image(session, user_id, image_id)


async def delete_image(session: WriteSession, user_id: UUID, image_id: UUID) -> None:
    await update_image(session, user_id, image_id, None, deleted=True)


async def delete_images(session: WriteSession, user_id: UUID, image_ids: Sequence[UUID]) -> int:
    """How many were deleted now; ids that are gone, deleted already or another's do not count."""
    statement = (
        update(Image)
        .where(Image.id.in_(image_ids), Image.user_id == user_id, Image.deleted_at.is_(None))
        .values(deleted_at=func.now())
        .returning(Image.id)
    )
    return len((await session.execute(statement)).all())


async def _list(
    session: AnySession, conditions: Sequence[Any], limit: int, cursor: str | None
) -> Page[Image]:
    statement = select(Image).where(*conditions, Image.deleted_at.is_(None))
    if cursor is not None:
        statement = statement.where(Image.seq < parse_number_cursor(cursor))
    rows = (await session.scalars(statement.order_by(Image.seq.desc()).limit(limit + 1))).all()
    return make_page(rows, limit, lambda row: number_cursor(row.seq))


def _found(image: Image | None) -> Image:
    if image is None:
        raise NotFoundError("image")
    return image
