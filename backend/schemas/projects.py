from typing import Annotated
from uuid import UUID

from pydantic import Field

from backend.schemas.base import Answer, Instant, PageOf, Request, Text, Trimmed, with_examples

EXAMPLE = {
    "id": "0b7e6c52-8d3f-4a41-9c6e-2f1d0a9b8c7d",
    "name": "Birds",
    "description": "Garden birds for a first classifier",
    "image_count": 412,
    "created_at": "2026-11-22T09:00:00Z",
    "updated_at": "2026-11-22T09:30:00Z",
}

Name = Annotated[Trimmed, Field(min_length=1, max_length=120)]
Description = Annotated[Text, Field(max_length=2000)]


class Project(Answer):
    model_config = with_examples(EXAMPLE)

    id: UUID
    name: str
    description: str
    image_count: int
    created_at: Instant
    updated_at: Instant


class ProjectPage(PageOf[Project]):
    model_config = with_examples({"items": [EXAMPLE], "next_cursor": None})


class ProjectCreate(Request):
    model_config = with_examples({"name": "Birds", "description": "Garden birds"})

    name: Name
    description: Description = ""


class ProjectUpdate(Request):
    model_config = with_examples({"name": "Garden birds"})

    name: Name | None = None
    description: Description | None = None
