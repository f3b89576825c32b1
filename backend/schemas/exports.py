from typing import Self
from uuid import UUID

from backend.database.states import ExportFormat, ExportStatus
from backend.schemas.base import Answer, Instant, PageOf, Request, with_examples

_ID = "5e6f7a8b-9c0d-4e1f-8a2b-3c4d5e6f7a8b"
EXAMPLE = {
    "id": _ID,
    "project_id": "0b7e6c52-8d3f-4a41-9c6e-2f1d0a9b8c7d",
    "version": 1,
    "format": "imagefolder",
    "status": "ready",
    "image_count": 412,
    "bytes": 88_213_004,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "error": None,
    "created_at": "2026-11-22T10:00:00Z",
    "finished_at": "2026-11-22T10:00:09Z",
    "download_url": f"/api/v1/exports/{_ID}/download?expires=1795395600"
    "&signature=0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5",
}


class Export(Answer):
    model_config = with_examples(EXAMPLE)

    id: UUID
    project_id: UUID
    version: int
    format: ExportFormat
    status: ExportStatus
    image_count: int
    bytes: int
    sha256: str | None
    error: str | None
    created_at: Instant
    finished_at: Instant | None
    download_url: str | None

    @classmethod
    def of(cls, row: object, download_url: str | None) -> Self:
        return cls.model_validate({**vars(row), "download_url": download_url})


class ExportPage(PageOf[Export]):
    model_config = with_examples({"items": [EXAMPLE], "next_cursor": None})


class ExportCreate(Request):
    model_config = with_examples({"format": "imagefolder"})

    format: ExportFormat = "imagefolder"
