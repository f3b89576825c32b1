from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from backend.database.states import ChunkKind, ChunkState, JobStatus, SourceType, UrlKind, UrlState
from backend.schemas.base import Answer, Instant, PageOf, Request, Text, Trimmed, with_examples

MOST_SOURCES = 10_000
LONGEST_URL = 2048

_COUNTS = {
    "urls_total": 200,
    "urls_done": 120,
    "images_stored": 101,
    "images_duplicate": 9,
    "urls_rejected": 8,
    "urls_failed": 2,
}
_ID = "9a1b2c3d-4e5f-4a6b-8c7d-0e1f2a3b4c5d"
_PROJECT_ID = "0b7e6c52-8d3f-4a41-9c6e-2f1d0a9b8c7d"
EXAMPLE = {
    "id": _ID,
    "project_id": _PROJECT_ID,
    "name": "Robins",
    "source_type": "web_page",
    "sources": ["https://birds.example.org/robins"],
    "label": "robin",
    "max_images": 500,
    "min_size": 64,
    "status": "running",
    "error": None,
    "progress": _COUNTS,
    "version": 17,
    "created_at": "2026-11-22T09:00:00Z",
    "started_at": "2026-11-22T09:01:00Z",
    "finished_at": None,
}
_PROGRESS = {
    "crawl_job_id": _ID,
    "version": 17,
    "status": "running",
    "error": None,
    **_COUNTS,
    "started_at": "2026-11-22T09:01:00Z",
    "finished_at": None,
}
_URL = {
    "id": 4711,
    "kind": "image",
    "url": "https://birds.example.org/robin.jpg",
    "source_page": "https://birds.example.org/robins",
    "state": "rejected",
    "reason": "too_small",
    "http_status": 200,
    "image_id": None,
}
_CHUNK = {
    "id": "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f",
    "seq": 0,
    "kind": "discover",
    "state": "done",
    "attempt": 1,
    "last_error": None,
    "created_at": "2026-11-22T09:01:00Z",
    "updated_at": "2026-11-22T09:01:04Z",
}

Name = Annotated[Trimmed, Field(max_length=120)]
Label = Annotated[Trimmed, Field(max_length=120)]
# The bounds are generous; which URLs are fit to be asked for is judged one by one.
Sources = Annotated[
    list[Annotated[str, Field(max_length=LONGEST_URL)]], Field(min_length=1, max_length=MOST_SOURCES)
]
MaxImages = Annotated[int, Field(ge=1, le=100_000)]
MinSize = Annotated[int, Field(ge=1, le=10_000, description="Shortest side in pixels.")]


class Counts(Answer):
    urls_total: int
    urls_done: int
    images_stored: int
    images_duplicate: int
    urls_rejected: int
    urls_failed: int


class CrawlJob(Answer):
    model_config = with_examples(EXAMPLE)

    id: UUID
    project_id: UUID
    name: str
    source_type: SourceType
    sources: list[str]
    label: str
    max_images: int
    min_size: int
    status: JobStatus
    error: str | None
    progress: Counts
    version: int
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None

    @classmethod
    def of(cls, row: object) -> Self:
        return cls.model_validate({**vars(row), "progress": vars(row)})


class CrawlJobPage(PageOf[CrawlJob]):
    model_config = with_examples({"items": [EXAMPLE], "next_cursor": None})


class CrawlJobCreate(Request):
    model_config = with_examples(
        {
            "project_id": _PROJECT_ID,
            "name": "Robins",
            "source_type": "web_page",
            "sources": ["https://birds.example.org/robins"],
            "label": "robin",
        }
    )

    project_id: UUID
    name: Name = Field(default="", description="Made from the first source when empty.")
    source_type: SourceType
    sources: Sources
    label: Label = ""
    max_images: MaxImages = 500
    min_size: MinSize = 64


class CrawlJobUpdate(Request):
    """Sources and limits can change only while the job is pending."""

    model_config = with_examples({"name": "Robins in winter"})

    name: Annotated[Trimmed, Field(min_length=1, max_length=120)] | None = None
    sources: Sources | None = None
    label: Label | None = None
    max_images: MaxImages | None = None
    min_size: MinSize | None = None


class Progress(Counts):
    model_config = with_examples(_PROGRESS)

    crawl_job_id: UUID
    version: int
    status: JobStatus
    error: str | None
    started_at: Instant | None
    finished_at: Instant | None


class CrawlUrl(Answer):
    id: int
    kind: UrlKind
    url: Text
    source_page: str | None
    state: UrlState
    reason: str | None
    http_status: int | None
    image_id: UUID | None


class CrawlUrlPage(PageOf[CrawlUrl]):
    model_config = with_examples({"items": [_URL], "next_cursor": None})


class Chunk(Answer):
    id: UUID
    seq: int
    kind: ChunkKind
    state: ChunkState
    attempt: int
    last_error: str | None
    created_at: Instant
    updated_at: Instant


class ChunkPage(PageOf[Chunk]):
    model_config = with_examples({"items": [_CHUNK], "next_cursor": None})
