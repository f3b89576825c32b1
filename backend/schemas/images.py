from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from backend.database.states import ImageFormat
from backend.schemas.base import Answer, Instant, PageOf, Request, Trimmed, with_examples

_ID = "3c4d5e6f-7a8b-4c9d-8e0f-1a2b3c4d5e6f"
_QUERY = "expires=1795395600&signature=0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5"
EXAMPLE = {
    "id": _ID,
    "project_id": "0b7e6c52-8d3f-4a41-9c6e-2f1d0a9b8c7d",
    "crawl_job_id": "9a1b2c3d-4e5f-4a6b-8c7d-0e1f2a3b4c5d",
    "width": 1280,
    "height": 853,
    "format": "jpeg",
    "bytes": 214_803,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "label": "robin",
    "source_url": "https://birds.example.org/robin.jpg",
    "source_page": "https://birds.example.org/robins",
    "alt_text": "A robin on a fence",
    "licence": "CC BY 4.0",
    "licence_url": "https://creativecommons.org/licenses/by/4.0/",
    "author": "Ada Lovelace",
    "fetched_at": "2026-11-22T09:01:07Z",
    "deleted_at": None,
    "thumbnail_url": f"/api/v1/images/{_ID}/thumbnail?{_QUERY}",
    "download_url": f"/api/v1/images/{_ID}/download?{_QUERY}",
}


class Image(Answer):
    model_config = with_examples(EXAMPLE)

    id: UUID
    project_id: UUID
    crawl_job_id: UUID | None
    width: int
    height: int
    format: ImageFormat
    bytes: int
    sha256: str
    label: str
    source_url: str
    source_page: str | None
    alt_text: str | None
    licence: str | None
    licence_url: str | None
    author: str | None
    fetched_at: Instant
    deleted_at: Instant | None
    thumbnail_url: str
    download_url: str

    @classmethod
    def of(cls, row: object, thumbnail_url: str, download_url: str) -> Self:
        return cls.model_validate({**vars(row), "thumbnail_url": thumbnail_url, "download_url": download_url})


class ImagePage(PageOf[Image]):
    model_config = with_examples({"items": [EXAMPLE], "next_cursor": None})


class ImageUpdate(Request):
    """`deleted: false` takes a deletion back."""

    model_config = with_examples({"label": "robin"}, {"deleted": False})

    label: Annotated[Trimmed, Field(max_length=120)] | None = None
    deleted: bool | None = None


class BatchDelete(Request):
    model_config = with_examples({"ids": [_ID]})

    ids: Annotated[list[UUID], Field(min_length=1, max_length=1000)]


class BatchDeleted(Answer):
    model_config = with_examples({"deleted": 1})

    deleted: int
