"""What becomes of errors that leave a route."""

import logging
from collections.abc import Mapping
from typing import Any, Final

import psycopg
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from env.services.auth.errors import (
    API_VERSION,
    API_VERSION_HEADER,
    AuthError,
    ConflictError,
    UnexpectedError,
    error_response,
    invalid,
)

logger = logging.getLogger("auth")


async def on_auth_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AuthError)  # noqa: S101 (registered for this type)
    if error.status >= 500:
        logger.error("%s", error.message)
    return error_response(request, error)


async def on_http_error(request: Request, error: Exception) -> Response:  # noqa: ARG001
    assert isinstance(error, HTTPException)  # noqa: S101
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "validation_failed")
    return JSONResponse(
        {"code": code, "message": error.detail},
        status_code=error.status_code,
        headers=_version(error.headers),
    )


async def on_bad_data(request: Request, error: Exception) -> Response:
    logger.warning("refused by the database: %s", type(error).__name__)
    return error_response(request, invalid("A value has a form that cannot be stored"))


async def on_lost_race(request: Request, error: Exception) -> Response:
    """What a request stood on, a user or a session, was deleted under it by another."""
    # A constraint outside `auth` is broken by a trigger of the application, and that is no race.
    if not isinstance(error, psycopg.Error) or error.diag.schema_name != "auth":
        return await on_database_error(request, error)
    return error_response(request, ConflictError("conflict", "Another request changed this at the same time"))


async def on_database_error(request: Request, error: Exception) -> Response:
    """Says what kind it was; the server's own words may quote an address."""
    state = error.sqlstate if isinstance(error, psycopg.Error) else None
    logger.error("database error %s %s", type(error).__name__, state or "")
    return error_response(
        request, UnexpectedError("unexpected_failure", f"Database error {state or 'unreachable'}")
    )


def _version(headers: Mapping[str, str] | None) -> dict[str, str]:
    return {**(headers or {}), API_VERSION_HEADER: API_VERSION}


EXCEPTION_HANDLERS: Final[dict[Any, Any]] = {
    AuthError: on_auth_error,
    HTTPException: on_http_error,
    psycopg.DataError: on_bad_data,
    psycopg.errors.IntegrityError: on_lost_race,
    psycopg.Error: on_database_error,
    PoolTimeout: on_database_error,
}
