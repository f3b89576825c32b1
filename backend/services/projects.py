from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, exists, func, insert, literal, select, tuple_, update

from backend.core.exceptions import NotFoundError
from backend.database.models import CrawlJob, Export, Image, Project
from backend.database.session import AnySession, WriteSession
from backend.services.keyset import Page, make_page, parse_time_cursor, time_cursor

ProjectRow = Row[*tuple[Any, ...]]

_IMAGE_COUNT = (
    select(func.count())
    .where(Image.project_id == Project.id, Image.deleted_at.is_(None))
    .correlate(Project)
    .scalar_subquery()
    .label("image_count")
)
_STORED = (Project.id, Project.name, Project.description, Project.created_at, Project.updated_at)


async def list_projects(
    session: AnySession, user_id: UUID, limit: int, cursor: str | None
) -> Page[ProjectRow]:
    statement = select(*_STORED, _IMAGE_COUNT).where(Project.user_id == user_id)
    if cursor is not None:
        statement = statement.where(tuple_(Project.created_at, Project.id) < parse_time_cursor(cursor))
    statement = statement.order_by(Project.created_at.desc(), Project.id.desc()).limit(limit + 1)
    rows = (await session.execute(statement)).all()
    return make_page(rows, limit, lambda row: time_cursor(row.created_at, row.id))


async def get_project(session: AnySession, user_id: UUID, project_id: UUID) -> ProjectRow:
    statement = select(*_STORED, _IMAGE_COUNT).where(Project.id == project_id, Project.user_id == user_id)
    return _found((await session.execute(statement)).first())


async def require_project(session: AnySession, user_id: UUID, project_id: UUID) -> None:
    is_own = exists().where(Project.id == project_id, Project.user_id == user_id)
    if not await session.scalar(select(is_own)):
        raise NotFoundError("project")


async def create_project(session: WriteSession, user_id: UUID, name: str, description: str) -> ProjectRow:
    statement = (
        insert(Project)
        .values(user_id=user_id, name=name, description=description)
        .returning(*_STORED, literal(0).label("image_count"))
    )
    return (await session.execute(statement)).one()


async def update_project(
    session: WriteSession, user_id: UUID, project_id: UUID, changes: dict[str, Any]
) -> ProjectRow:
    if changes:
        statement = update(Project).where(Project.id == project_id, Project.user_id == user_id)
        await session.execute(statement.values(**changes))
    return await get_project(session, user_id, project_id)


async def delete_project(session: WriteSession, user_id: UUID, project_id: UUID) -> list[str]:
    """The storage keys of files to remove once this is committed; images are shared by content and stay."""
    await require_project(session, user_id, project_id)
    # Jobs before the project, as the workers lock them: the other way round is a deadlock.
    await session.execute(select(CrawlJob.id).where(CrawlJob.project_id == project_id).with_for_update())
    # Locked, so that an export that is just being finished either tells its file here or finds its row gone.
    keys = select(Export.storage_key).where(Export.project_id == project_id).with_for_update()
    files = [key for key in await session.scalars(keys) if key is not None]
    statement = delete(Project).where(Project.id == project_id, Project.user_id == user_id)
    _found((await session.execute(statement.returning(Project.id))).first())
    return files


def _found(row: ProjectRow | None) -> ProjectRow:
    if row is None:
        raise NotFoundError("project")
    return row
