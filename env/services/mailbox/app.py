"""The mailbox of development: takes mails over HTTP, shows them to people and to tests."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from anyio import to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from env.services.mailbox.pages import POLICY, list_page, message_page, missing_page
from env.services.mailbox.store import MAXIMUM_MESSAGES, MessageStore

MAXIMUM_BYTES: Final = 512 * 1024
LIMITS: Final = {"to": 320, "subject": 1000, "html": MAXIMUM_BYTES, "text": MAXIMUM_BYTES}
PAGE_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def create_app(directory: Path, maximum: int = MAXIMUM_MESSAGES) -> Starlette:
    app = Starlette(
        routes=[
            Route("/", index, methods=["GET"]),
            Route("/mails/{message_id}", show, methods=["GET"]),
            Route("/clear", clear_from_page, methods=["POST"]),
            Route("/messages", receive, methods=["POST"]),
            Route("/messages", list_messages, methods=["GET"]),
            Route("/messages", clear, methods=["DELETE"]),
            Route("/messages/{message_id}", get_message, methods=["GET"]),
            Route("/health", health, methods=["GET"]),
        ],
        # Mails carry sign-in links: a foreign name that resolves to this machine must not read them.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
        exception_handlers={HTTPException: _on_error},
    )
    app.state.store = MessageStore(directory, maximum)
    return app


async def receive(request: Request) -> Response:
    # Other sites can post forms and plain text without asking the browser, but not this type.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "Content-Type must be application/json")
    fields = _fields(await _read(request))
    message = await to_thread.run_sync(lambda: _store(request).add(**fields))
    return JSONResponse(message.summary(), status_code=201)


async def list_messages(request: Request) -> Response:
    wanted = request.query_params.get("to", "")
    messages = await to_thread.run_sync(_store(request).newest_first, wanted)
    return JSONResponse({"items": [message.summary() for message in messages]})


async def get_message(request: Request) -> Response:
    message = await to_thread.run_sync(_store(request).get, request.path_params["message_id"])
    if message is None:
        raise HTTPException(404, "No such mail")
    return JSONResponse(asdict(message))


async def clear(request: Request) -> Response:
    return JSONResponse({"deleted": await to_thread.run_sync(_store(request).clear)})


async def clear_from_page(request: Request) -> Response:
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise HTTPException(403, "Only this page may do that")
    await to_thread.run_sync(_store(request).clear)
    return RedirectResponse("/", status_code=303)


async def index(request: Request) -> Response:
    return HTMLResponse(
        list_page(await to_thread.run_sync(_store(request).newest_first)), headers=PAGE_HEADERS
    )


async def show(request: Request) -> Response:
    message = await to_thread.run_sync(_store(request).get, request.path_params["message_id"])
    if message is None:
        return HTMLResponse(missing_page(), status_code=404, headers=PAGE_HEADERS)
    return HTMLResponse(message_page(message), headers=PAGE_HEADERS)


async def health(request: Request) -> Response:  # noqa: ARG001
    return JSONResponse({"status": "ok"})


async def _on_error(request: Request, error: Exception) -> Response:  # noqa: ARG001
    assert isinstance(error, HTTPException)  # noqa: S101 (registered for this type)
    return JSONResponse({"detail": error.detail}, status_code=error.status_code, headers=error.headers)


def _store(request: Request) -> MessageStore:
    found: MessageStore = request.app.state.store
    return found


async def _read(request: Request) -> bytes:
    chunks = bytearray()
    try:
        async for chunk in request.stream():
            chunks += chunk
            if len(chunks) > MAXIMUM_BYTES:
                raise HTTPException(413, "The mail is too large")
    except ClientDisconnect as error:
        raise HTTPException(400, "The request ended early") from error
    return bytes(chunks)


def _fields(raw: bytes) -> dict[str, str]:
    try:
        value: Any = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "The body is not JSON") from error
    if not isinstance(value, dict):
        raise HTTPException(400, "The body must be an object")
    return {name: _field(value, name, limit) for name, limit in LIMITS.items()}


def _field(value: dict[str, Any], name: str, limit: int) -> str:
    text = value.get(name, "")
    if not isinstance(text, str) or len(text) > limit or (name == "to" and not text):
        raise HTTPException(422, f"{name} must be text of at most {limit} characters")
    # A half of a surrogate pair has no place in a file or a page.
    return text.encode("utf-8", "replace").decode("utf-8")
