from typing import Any
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Request, Response

from backend.api.deps import CurrentUser, Cursor, ExportViewer, Limit, Reads, State, Writes
from backend.api.files import send_object
from backend.api.problems import problems
from backend.api.routes import TokenBeforeBody
from backend.api.state import AppState
from backend.schemas.exports import Export, ExportCreate, ExportPage
from backend.services import exports as service

router = APIRouter(tags=["exports"], route_class=TokenBeforeBody)


_ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
}


def _answer(state: AppState, export: service.ExportRow) -> Export:
    address = f"/api/v1/exports/{export.id}/download?{state['signer'].query('export', export.id)}"
    return Export.of(export, download_url=address if export.status == "ready" else None)


@router.post(
    "/projects/{project_id}/exports",
    status_code=202,
    summary="Freeze the project's images as a numbered version",
    responses=problems(404),
)
async def create_export(
    user: CurrentUser,
    session: Writes,
    state: State,
    project_id: UUID,
    wanted: ExportCreate,
    response: Response,
) -> Export:
    export = await service.create_export(session, user.id, project_id, wanted.format)
    response.headers["Location"] = f"/api/v1/exports/{export.id}"
    return _answer(state, export)


@router.get(
    "/projects/{project_id}/exports",
    summary="List a project's exports, newest first",
    responses=problems(404),
)
async def list_exports(
    user: CurrentUser,
    session: Reads,
    state: State,
    project_id: UUID,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ExportPage:
    page = await service.list_exports(session, user.id, project_id, limit, cursor)
    return ExportPage(items=[_answer(state, item) for item in page.items], next_cursor=page.next_cursor)


@router.get("/exports/{export_id}", summary="Read an export", responses=problems(404))
async def get_export(user: CurrentUser, session: Reads, state: State, export_id: UUID) -> Export:
    return _answer(state, await service.get_export(session, user.id, export_id))


@router.delete("/exports/{export_id}", status_code=204, summary="Delete an export", responses=problems(404))
async def delete_export(
    user: CurrentUser, session: Writes, state: State, export_id: UUID, afterwards: BackgroundTasks
) -> None:
    key = await service.delete_export(session, user.id, export_id)
    if key is not None:
        # After the commit: a file without a row can be swept up, a row without a file is a broken promise.
        afterwards.add_task(state["storage"].delete, key)


@router.get(
    "/exports/{export_id}/download",
    summary="The dataset as a ZIP",
    response_class=Response,
    responses=_ZIP | problems(404, 409),
)
async def download_export(
    viewer: ExportViewer,
    session: Reads,
    state: State,
    request: Request,
    export_id: UUID,
) -> Response:
    export = await service.get_viewable_export(session, viewer, export_id)
    key = service.require_ready(export)
    return await send_object(
        request,
        state["storage"],
        key,
        media_type="application/zip",
        etag=export.sha256 or str(export.id),
        file_name=f"dataset-v{export.version}-{str(export.project_id)[:8]}.zip",
    )
