from typing import Annotated
from uuid import UUID

from pydantic import Field

from backend.database.states import Role
from backend.schemas.base import Answer, Instant, Request, Trimmed, with_examples

_PROFILE = {
    "id": "7f1d2c34-5b6a-4c8d-9e0f-1a2b3c4d5e6f",
    "email": "ada@example.org",
    "full_name": "Ada Lovelace",
    "role": "user",
    "created_at": "2026-11-22T09:00:00Z",
}


class Profile(Answer):
    model_config = with_examples(_PROFILE)

    id: UUID
    email: str
    full_name: str
    role: Role
    created_at: Instant


class ProfileUpdate(Request):
    model_config = with_examples({"full_name": "Ada Lovelace"})

    full_name: Annotated[Trimmed, Field(max_length=120)]
