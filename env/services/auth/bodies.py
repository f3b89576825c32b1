"""Reads what clients send. Whatever they send, the answer is never a 5xx."""

import json
import math
import re
from typing import Any, Final, NoReturn
from uuid import UUID

from starlette.requests import ClientDisconnect, Request

from env.services.auth.errors import BadRequestError, TooLargeError, invalid

MAXIMUM_BYTES: Final = 256 * 1024
MAXIMUM_DEPTH: Final = 32
EMAIL: Final = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    r"(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)


class Body:
    """A JSON object whose fields are read with the type they must have."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def __contains__(self, name: str) -> bool:
        return self._fields.get(name) is not None

    def text(self, name: str) -> str:
        value = self._fields.get(name)
        if value is not None and not isinstance(value, str):
            raise invalid(f"{name} must be a string")
        return value or ""

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self._fields.get(name)
        if value is not None and not isinstance(value, bool):
            raise invalid(f"{name} must be a boolean")
        return default if value is None else value

    def mapping(self, name: str) -> dict[str, Any]:
        value = self._fields.get(name)
        if value is not None and not isinstance(value, dict):
            raise invalid(f"{name} must be an object")
        return value or {}

    def email(self, name: str = "email") -> str:
        """The address in lower case, or "" when the field is missing or empty."""
        address = self.text(name).strip().lower()
        if len(address) > 255:
            raise invalid("An email address is too long")
        if address and not EMAIL.fullmatch(address):
            raise invalid("Unable to validate email address: invalid format")
        return address

    def required_email(self) -> str:
        address = self.email()
        if not address:
            raise invalid("An email address is required")
        return address


async def read_body(request: Request) -> Body:
    raw = await _read_bytes(request)
    if not raw.strip():
        return Body({})
    try:
        value = json.loads(raw.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("bad_json", "Could not parse request body as JSON") from error
    if not isinstance(value, dict):
        raise BadRequestError("bad_json", "The request body must be a JSON object")
    _check_storable(value)
    return Body(value)


def storable_text(text: str) -> bool:
    """PostgreSQL takes neither NUL nor halves of surrogate pairs."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def query_text(request: Request, name: str) -> str:
    value = request.query_params.get(name, "")
    if not storable_text(value):
        raise invalid(f"{name} holds characters that cannot be stored")
    return value


def as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def _read_bytes(request: Request) -> bytes:
    chunks = bytearray()
    try:
        async for chunk in request.stream():
            chunks += chunk
            if len(chunks) > MAXIMUM_BYTES:
                raise TooLargeError("validation_failed", "The request body is too large")
    except ClientDisconnect as error:
        raise BadRequestError("bad_json", "The request body ended early") from error
    return bytes(chunks)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _check_storable(root: object) -> None:
    pending: list[tuple[object, int]] = [(root, 0)]
    while pending:
        value, depth = pending.pop()
        if depth > MAXIMUM_DEPTH:
            raise BadRequestError("bad_json", "The request body is nested too deeply")
        match value:
            case str() if not storable_text(value):
                raise BadRequestError("bad_json", "The request body holds characters that cannot be stored")
            case float() if not math.isfinite(value):
                raise BadRequestError("bad_json", "The request body holds a number that is too large")
            case dict():
                pending += [(item, depth + 1) for pair in value.items() for item in pair]
            case list():
                pending += [(item, depth + 1) for item in value]
            case _:
                pass
