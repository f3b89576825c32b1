"""Errors as Supabase Auth answers them: a status, a published code, a sentence.

AuthError
├── BadRequestError (400)     ├── TooLargeError (413)
├── UnauthorizedError (401)   ├── UnprocessableError (422) ── WeakPasswordError
├── ForbiddenError (403)      ├── TooManyRequestsError (429)
├── NotFoundError (404)       └── UnexpectedError (500)
└── ConflictError (409)
"""

from typing import Any, ClassVar, Final

from starlette.requests import Request
from starlette.responses import JSONResponse

API_VERSION_HEADER: Final = "X-Supabase-Api-Version"
API_VERSION: Final = "2024-01-01"


class AuthError(Exception):
    status: ClassVar[int]

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def extra(self) -> dict[str, Any]:
        return {}


class BadRequestError(AuthError):
    status = 400


class UnauthorizedError(AuthError):
    status = 401


class ForbiddenError(AuthError):
    status = 403


class NotFoundError(AuthError):
    status = 404


class ConflictError(AuthError):
    status = 409


class TooLargeError(AuthError):
    status = 413


class UnprocessableError(AuthError):
    status = 422


class TooManyRequestsError(AuthError):
    status = 429


class UnexpectedError(AuthError):
    status = 500


class WeakPasswordError(UnprocessableError):
    def __init__(self, message: str, reasons: list[str]) -> None:
        super().__init__("weak_password", message)
        self.reasons = reasons

    def extra(self) -> dict[str, Any]:
        return {"weak_password": {"reasons": self.reasons}}


def invalid(message: str) -> BadRequestError:
    return BadRequestError("validation_failed", message)


def error_response(request: Request, error: AuthError) -> JSONResponse:
    """Clients that name no API version, or an older one, get the older shape without the version header."""
    if request.headers.get(API_VERSION_HEADER, "") >= API_VERSION:
        body: dict[str, Any] = {"code": error.code, "message": error.message}
        headers = {API_VERSION_HEADER: API_VERSION}
    else:
        body = {"code": error.status, "error_code": error.code, "msg": error.message}
        headers = {}
    return JSONResponse({**body, **error.extra()}, status_code=error.status, headers=headers)
