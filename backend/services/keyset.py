"""Keyset paging: a cursor is where the last page ended, so that page 1,000 costs what page 1 costs."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from backend.core.exceptions import UnprocessableError

Row = TypeVar("Row")
_BIGGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    items: Sequence[Row]
    next_cursor: str | None


def make_page(rows: Sequence[Row], limit: int, cursor_of: Callable[[Row], str]) -> Page[Row]:
    """`rows` were asked for with `limit + 1`: the surplus one says that there is more."""
    items = rows[:limit]
    return Page(items, cursor_of(items[-1]) if len(rows) > limit else None)


def time_cursor(instant: datetime, key: UUID) -> str:
    return _encode([instant.isoformat(), str(key)])


def parse_time_cursor(cursor: str) -> tuple[datetime, UUID]:
    match _decode(cursor):
        case [str(instant), str(key)]:
            try:
                moment = datetime.fromisoformat(instant)
                if moment.tzinfo is not None:
                    return moment, UUID(key)
            except ValueError:
                pass
    raise _bad_cursor()


def number_cursor(number: int) -> str:
    return _encode([number])


def parse_number_cursor(cursor: str) -> int:
    match _decode(cursor):
        case [int(number)] if not isinstance(number, bool) and 0 <= number <= _BIGGEST:
            return number
    raise _bad_cursor()


def _encode(parts: list[str] | list[int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def _decode(cursor: str) -> object:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise _bad_cursor() from None


def _bad_cursor() -> UnprocessableError:
    return UnprocessableError([{"field": "cursor", "message": "is not a cursor of this list"}])
