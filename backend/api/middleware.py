"""Pure ASGI, from the outside in: access log, security headers, unexpected errors, body limit."""

import time
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.api.problems import plain_problem
from backend.core.net.redis import RedisRequiredError
from backend.utility.logging_config import get_logger

log = get_logger(__name__)

_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-site",
    "Cache-Control": "no-store",
}


class PlainStartup:
    """A dependency that is refused to be missing is one line in the log, not a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def shorten(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                last_line = message["message"].rstrip().rpartition("\n")[2]
                name, _, reason = last_line.partition(": ")
                if name.endswith(RedisRequiredError.__name__):
                    message = {**message, "message": reason}
            await send(message)

        await self.app(scope, receive, shorten if scope["type"] == "lifespan" else send)


class AccessLog:
    """One line a request, without its query: signatures travel there."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            # A probe each second would drown the rest.
            note = log.debug if scope["path"].startswith("/health/") else log.info
            note("request", method=scope["method"], path=scope["path"], status=status, ms=milliseconds)


class SecurityHeaders:
    """A route's own choice wins."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, add)


class UnexpectedErrors:
    """Sits inside the others, so that a 500 too has its request id, log line and CORS headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def watch(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception:  # the edge of the process: whatever it is, the caller gets an answer
            log.exception("unexpected error", method=scope["method"], path=scope["path"])
            if has_begun:
                raise
            await plain_problem(500)(scope, receive, send)


class BodyLimit:
    """Counts the bytes that arrive, since a header can lie. `larger` goes by the path's beginning."""

    def __init__(self, app: ASGIApp, most_bytes: int, larger: Mapping[str, int]) -> None:
        self.app = app
        self.most_bytes = most_bytes
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit_of(scope["path"])
        promised = Headers(scope=scope).get("content-length", "")
        # Not int(): it raises on more than 4,300 digits.
        if promised.isascii() and promised.isdigit() and float(promised) > limit:
            await plain_problem(413, {"Connection": "close"})(scope, receive, send)
            return
        received = 0
        has_answered = False

        async def count() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            # Behind a stream that runs already nobody keeps the bytes, and it is too late for another status.
            if received > limit and not has_answered:
                raise HTTPException(413)
            return message

        async def watch(message: Message) -> None:
            nonlocal has_answered
            has_answered = True
            await send(message)

        await self.app(scope, count, watch)

    def _limit_of(self, path: str) -> int:
        fitting = (limit for prefix, limit in self.larger.items() if path.startswith(prefix))
        return next(fitting, self.most_bytes)
