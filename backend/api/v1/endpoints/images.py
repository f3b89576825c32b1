from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from backend.api.deps import CurrentUser, Cursor, ImageViewer, Limit, Reads, State, ThumbnailViewer, Writes
from backend.api.files import send_object
from backend.api.problems import problems
from backend.api.routes import TokenBeforeBody
from backend.api.state import AppState
from backend.schemas.base import Text
from backend.schemas.images import BatchDelete, BatchDeleted, Image, ImagePage, ImageUpdate
from backend.services import images as service
from backend.services.keyset import Page
from backend.storage import original_key, thumbnail_key

router = APIRouter(tags=["images"], route_class=TokenBeforeBody)

_FILE_EXTENSIONS = {"jpeg": "jpg", "png": "png", "webp": "webp", "gif": "gif"}


def _answer(state: AppState, image: service.ImageRow) -> Image:
    place = f"/api/v1/images/{image.id}"
    signer = state["signer"]
    return Image.of(
        image,
        thumbnail_url=f"{place}/thumbnail?{signer.query('thumbnail', image.id)}",
        download_url=f"{place}/download?{signer.query('image', image.id)}",
    )


def _page(state: AppState, page: Page[service.ImageRow]) -> ImagePage:
    return ImagePage(items=[_answer(state, image) for image in page.items], next_cursor=page.next_cursor)


@router.get(
    "/projects/{project_id}/images", summary="List a project's images, newest first", responses=problems(404)
)
async def list_project_images(
    user: CurrentUser,
    session: Reads,
    state: State,
    project_id: UUID,
    label: Annotated[Text | None, Query(max_length=120)] = None,
    crawl_job_id: UUID | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ImagePage:
    page = await service.list_project_images(
        session, user.id, project_id, limit, cursor, label=label, crawl_job_id=crawl_job_id
    )
    return _page(state, page)


@router.get(
    "/crawl-jobs/{crawl_job_id}/images", summary="List a job's images, newest first", responses=problems(404)
)
async def list_crawl_job_images(
    user: CurrentUser,
    session: Reads,
    state: State,
    crawl_job_id: UUID,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ImagePage:
    return _page(state, await service.list_job_images(session, user.id, crawl_job_id, limit, cursor))


@router.post("/images/batch-delete", summary="Delete many images")
async def batch_delete_images(user: CurrentUser, session: Writes, wanted: BatchDelete) -> BatchDeleted:
    return BatchDeleted(deleted=await service.delete_images(session, user.id, wanted.ids))


@router.get("/images/{image_id}", summary="Read an image's facts", responses=problems(404))
async def get_image(user: CurrentUser, session: Reads, state: State, image_id: UUID) -> Image:
    return _answer(state, await service.get_image(session, user.id, image_id))


@router.patch("/images/{image_id}", summary="Relabel, delete or restore an image", responses=problems(404))
async def update_image(
    user: CurrentUser, session: Writes, state: State, image_id: UUID, change: ImageUpdate
) -> Image:
    image = await service.update_image(session, user.id, image_id, change.label, change.deleted)
    return _answer(state, image)


@router.delete("/images/{image_id}", status_code=204, summary="Delete an image", responses=problems(404))
async def delete_image(user: CurrentUser, session: Writes, image_id: UUID) -> None:
    await service.delete_image(session, user.id, image_id)


_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get(
    "/images/{image_id}/thumbnail",
    summary="The image, at most 320 pixels wide or high",
    response_class=Response,
    responses=_FILE | problems(404),
)
async def get_thumbnail(
    viewer: ThumbnailViewer,
    session: Reads,
    state: State,
    request: Request,
    image_id: UUID,
) -> Response:
    image = await service.get_viewable_image(session, viewer, image_id)
    return await send_object(
        request,
        state["storage"],
        thumbnail_key(image.sha256),
        media_type="image/webp",
        etag=f"{image.sha256}-thumbnail",
    )


@router.get(
    "/images/{image_id}/download",
    summary="The image as it was found",
    response_class=Response,
    responses=_FILE | problems(404),
)
async def download_image(
    viewer: ImageViewer,
    session: Reads,
    state: State,
    request: Request,
    image_id: UUID,
) -> Response:
    image = await service.get_viewable_image(session, viewer, image_id)
    return await send_object(
        request,
        state["storage"],
        original_key(image.sha256),
        media_type=f"image/{image.format}",
        etag=image.sha256,
        file_name=f"{image.id}.{_FILE_EXTENSIONS[image.format]}",
    )
