from dataclasses import dataclass

from backend.crawler.reasons import Reason


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image URL and what its page said about it."""

    url: str
    source_page: str | None = None
    alt_text: str | None = None
    licence: str | None = None
    licence_url: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """An intact image. `width` and `height` are those of the stored raster, before EXIF orientation.

    `phash` is a signed 64-bit integer; `thumbnail` is WebP, longest side at most 320, upright.
    """

    candidate: Candidate
    final_url: str
    http_status: int
    sha256: str
    phash: int
    width: int
    height: int
    format: str
    content: bytes
    thumbnail: bytes


@dataclass(frozen=True, slots=True)
class Known:
    """The server sent bytes that are already held, so they were not decoded again."""

    candidate: Candidate
    sha256: str
    http_status: int


@dataclass(frozen=True, slots=True)
class Refused:
    candidate: Candidate
    reason: Reason
    http_status: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Page:
    final_url: str
    title: str | None
    candidates: tuple[Candidate, ...]


Outcome = Accepted | Refused | Known
