from uuid import UUID

from sqlalchemy import delete, func, insert, select

from backend.core.exceptions import ConflictError, NotFoundError
from backend.database.models import Export, Outbox, Project
from backend.database.session import AnySession, WriteSession
from backend.database.states import ExportFormat
from backend.services.keyset import Page, make_page, number_cursor, parse_number_cursor
from backend.services.projects import require_project

ExportRow = Export


async def create_export(
    session: WriteSession, user_id: UUID, project_id: UUID, export_format: ExportFormat
) -> Export:
    # The lock makes numbers follow each other without a gap or a clash.
    own = select(Project.id).where(Project.id == project_id, Project.user_id == user_id)
    if await session.scalar(own.with_for_update(key_share=True)) is None:
        raise NotFoundError("project")
    newest = select(func.coalesce(func.max(Export.version), 0)).where(Export.project_id == project_id)
    statement = insert(Export).values(
        project_id=project_id,
        user_id=user_id,
        format=export_format,
        version=newest.scalar_subquery() + 1,
    )
    export = (await session.scalars(statement.returning(Export))).one()
    payload = {"export_id": str(export.id)}
    await session.execute(insert(Outbox).values(task="build_export", payload=payload))
    return export


async def list_exports(
    session: AnySession, user_id: UUID, project_id: UUID, limit: int, cursor: str | None
) -> Page[Export]:
    await require_project(session, user_id, project_id)
    statement = select(Export).where(Export.project_id == project_id)
    if cursor is not None:
        statement = statement.where(Export.version < parse_number_cursor(cursor))
    rows = (await session.scalars(statement.order_by(Export.version.desc()).limit(limit + 1))).all()
    return make_page(rows, limit, lambda row: number_cursor(row.version))


async def get_export(session: AnySession, user_id: UUID, export_id: UUID) -> Export:
    return _found(
        await session.scalar(select(Export).where(Export.id == export_id, Export.user_id == user_id))
    )


async def get_viewable_export(session: AnySession, viewer: UUID | None, export_id: UUID) -> Export:
    """Without a viewer the signed address was the permission, and its signature was checked."""
    if viewer is not None:
        return await get_export(session, viewer, export_id)
    return _found(await session.scalar(select(Export).where(Export.id == export_id)))


async def delete_export(session: WriteSession, user_id: UUID, export_id: UUID) -> str | None:
    """The storage key of what must be removed once this is committed."""
    statement = delete(Export).where(Export.id == export_id, Export.user_id == user_id)
    row = (await session.execute(statement.returning(Export.storage_key))).one_or_none()
    if row is None:
        raise NotFoundError("export")
    (storage_key,) = row
    return storage_key


def require_ready(export: Export) -> str:
    """The storage key of a finished export."""
    if export.status != "ready" or export.storage_key is None:
        raise ConflictError(f"This export is {export.status}, not ready.")
    return export.storage_key


def _found(export: Export | None) -> Export:
    if export is None:
        raise NotFoundError("export")
    return export
