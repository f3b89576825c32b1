"""What all wire types share. Unknown members are refused; text is what PostgreSQL can hold."""

from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, JsonValue, PlainSerializer, StringConstraints

Item = TypeVar("Item")


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain the character NUL")
    return text


def _to_utc(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


Text = Annotated[str, AfterValidator(_without_nul)]
Trimmed = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_without_nul)]
Instant = Annotated[datetime, PlainSerializer(_to_utc, when_used="json")]


def with_examples(*examples: object) -> ConfigDict:
    """The documentation shows them, and a test validates them."""
    return ConfigDict(json_schema_extra={"examples": cast("list[JsonValue]", list(examples))})


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PageOf(Answer, Generic[Item]):
    items: list[Item]
    next_cursor: str | None
