"""Sends stored objects: by content hash as ETag, in ranges, never under a type the object chose itself."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import BinaryIO

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from backend.core.exceptions import NotFoundError
from backend.storage import MissingObjectError, Storage

_CHUNK_BYTES = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


async def send_object(
    request: Request, storage: Storage, key: str, *, media_type: str, etag: str, file_name: str | None = None
) -> Response:
    """With `file_name` it is an attachment. Raises NotFoundError when the object is gone."""
    headers = {
        "ETag": f'"{etag}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=3600, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        # The signed address is the permission, wherever the web app lives.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if file_name is not None:
        headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    if _matches(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    try:
        size = await asyncio.to_thread(storage.size, key)
        span = _span(request, headers["ETag"], size)
        if span is None:
            return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
        file = await asyncio.to_thread(storage.open, key)
    except MissingObjectError:
        raise NotFoundError("file") from None
    first, last = span
    is_part = (first, last) != (0, size - 1)
    headers["Content-Length"] = str(last - first + 1)
    if is_part:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    body = _stream(file, first, last - first + 1)
    return StreamingResponse(body, 206 if is_part else 200, headers, media_type)


def _matches(header: str | None, etag: str) -> bool:
    if header is None:
        return False
    return header.strip() == "*" or etag in {part.strip().removeprefix("W/") for part in header.split(",")}


def _span(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """First and last byte; None when the range lies outside. Several ranges at once are answered in full."""
    whole = (0, size - 1)
    asked = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if asked is None or request.headers.get("if-range", etag).strip() != etag:
        return whole
    first, last = asked.groups()
    if first:
        span = int(first), min(int(last) if last else size - 1, size - 1)
        return span if span[0] <= span[1] else None
    if not last:
        return whole
    return (max(size - int(last), 0), size - 1) if int(last) else None


async def _stream(file: BinaryIO, first: int, remaining: int) -> AsyncIterator[bytes]:
    try:
        await run_in_threadpool(file.seek, first)
        while remaining > 0 and (chunk := await run_in_threadpool(file.read, min(_CHUNK_BYTES, remaining))):
            remaining -= len(chunk)
            yield chunk
    finally:
        file.close()
