"""Says on each reply that this is no Supabase, keeps a log without secrets, and asks for the API key."""

import logging
import time
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from env.services.auth.keys import SigningKey, is_api_key

logger = logging.getLogger("auth")
# A browser follows mailed links, and verifiers fetch keys, without the API key; as behind Supabase's gateway.
OPEN_PATHS: Final = frozenset({"/verify", "/authorize", "/.well-known/jwks.json", "/health"})


class EmulatorMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-PixCrawler-Emulator"] = "1"
                headers.setdefault("Cache-Control", "no-store")
                # The path only: queries carry tokens, and bodies and headers are never logged.
                elapsed_ms = (time.perf_counter() - started) * 1000
                logger.info("%s %s %d %.0f ms", scope["method"], scope["path"], message["status"], elapsed_ms)
            await send(message)

        await self._app(scope, receive, send_marked)


class ApiKeyMiddleware:
    def __init__(self, app: ASGIApp, key: SigningKey) -> None:
        self._app = app
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal:
            response = JSONResponse({"message": refusal}, status_code=401)
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        if scope["path"].removeprefix("/auth/v1") in OPEN_PATHS:
            return None
        api_key = Headers(scope=scope).get("apikey", "")
        if not api_key:
            return "No API key found in request"
        return None if is_api_key(self._key, api_key) else "Invalid API key"
