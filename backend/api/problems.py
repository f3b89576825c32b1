"""Every error leaves as RFC 9457 problem+json, and none repeats what was sent."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from asgi_correlation_id import correlation_id
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from backend.core.exceptions import (
    ApiError,
    ConflictError,
    IllegalTransitionError,
    NotAuthenticatedError,
    NotFoundError,
    UnavailableError,
    UnprocessableError,
)
from backend.database.errors import DATABASE_ERRORS, meaning_of
from backend.schemas.problem import Problem
from backend.utility.logging_config import get_logger

log = get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
_MOST_ERRORS = 20
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_DETAILS = {
    400: "The body of the request cannot be read.",
    404: "There is nothing at this address.",
    405: "This address does not know that method.",
    413: "The body of the request is too large.",
    415: "The body of the request is not of a known type.",
    500: "Something went wrong on our side; the request id helps to find it.",
}


def problem(
    status: int,
    slug: str,
    title: str,
    detail: str,
    extensions: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    body = {
        "type": f"/problems/{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": correlation_id.get(),
        **(extensions or {}),
    }
    return Response(json.dumps(body), status, dict(headers or {}), MEDIA_TYPE)


def _slug(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "-")


def plain_problem(status: int, headers: Mapping[str, str] | None = None) -> Response:
    phrase = HTTPStatus(status).phrase
    return problem(status, _slug(status), phrase.capitalize(), _DETAILS.get(status, phrase), headers=headers)


async def _api_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 -- narrows what Starlette hands over
    return problem(error.status, error.slug, error.title, error.detail, error.extensions, error.headers)


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    # The router knows only the first route of that path; RFC 9110 wants the methods of all.
    headers = {"Allow": _allowed_methods(request)} if error.status_code == 405 else error.headers
    return plain_problem(error.status_code, headers)


def _allowed_methods(request: Request) -> str:
    def is_known(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    return ", ".join(filter(is_known, _METHODS))


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    errors = [_field_error(item) for item in error.errors()[:_MOST_ERRORS]]
    return await _api_error(request, UnprocessableError(errors))


def _field_error(item: Mapping[str, Any]) -> dict[str, str]:
    place = [part for part in item["loc"] if part not in {"body", "query", "path", "header"}]
    match item["type"]:
        case "json_invalid":
            place, message = [], "the body is not valid JSON"
        case "extra_forbidden":
            # The name itself is input: it may be anything, a megabyte of it included.
            place, message = place[:-1], "holds a member that is not known"
        case _:
            message = str(item["msg"]).removeprefix("Value error, ")
    return {"field": ".".join(map(str, place)), "message": message}


async def _database_error(request: Request, error: Exception) -> Response:
    match meaning_of(error):
        case "contradiction":
            return await _api_error(request, ConflictError("Something this request refers to has changed."))
        case "away":
            log.warning("database is away", reason=type(error).__name__)
            return await _api_error(request, UnavailableError("The database does not answer."))
        case "fault":
            raise error


def install_problem_handlers(app: FastAPI) -> None:
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(RequestValidationError, _validation_error)
    for database_error in DATABASE_ERRORS:
        app.add_exception_handler(database_error, _database_error)


_DOCUMENTED: Mapping[int, Sequence[type[ApiError]]] = {
    401: [NotAuthenticatedError],
    404: [NotFoundError],
    409: [IllegalTransitionError, ConflictError],
    422: [UnprocessableError],
    503: [UnavailableError],
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route can answer besides success, for the documentation."""
    return {status: {"model": Problem, "description": _description(status)} for status in statuses}


def _description(status: int) -> str:
    errors = _DOCUMENTED.get(status)
    if errors is None:
        return _DETAILS.get(status, HTTPStatus(status).phrase)
    return " ".join((error.__doc__ or "").strip() for error in errors)


def problem_pages() -> dict[str, str]:
    """The text at each problem's `type`."""
    return {
        error.slug: f"{error.title} ({error.status})\n\n{(error.__doc__ or '').strip()}\n"
        for errors in _DOCUMENTED.values()
        for error in errors
    } | {
        _slug(status): f"{HTTPStatus(status).phrase} ({status})\n\n{text}\n"
        for status, text in _DETAILS.items()
        if status not in _DOCUMENTED
    }
