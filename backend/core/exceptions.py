"""
ApiError                    what a caller may be told; nothing else leaves as an answer
├── NotAuthenticatedError   401, no token, or one that does not hold
├── NotFoundError           404, missing or another tenant's: the same answer for both
├── IllegalTransitionError  409, the thing is in a state that does not allow it
├── ConflictError           409, the request contradicts what is stored
├── UnprocessableError      422, well formed but wrong; `errors` name the places
└── UnavailableError        503, a dependency is away; worth another try
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class ApiError(Exception):
    status: ClassVar[int]
    slug: ClassVar[str]
    title: ClassVar[str]
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, detail: str, **extensions: Any) -> None:  # noqa: ANN401
        super().__init__(detail)
        self.detail = detail
        self.extensions = extensions


class NotAuthenticatedError(ApiError):
    """No access token came with the request, or it is expired, forged or for somebody else."""

    status = 401
    slug = "not-authenticated"
    title = "Sign in first"
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}

    def __init__(self, detail: str = "A valid access token is required.") -> None:
        super().__init__(detail)


class NotFoundError(ApiError):
    """There is nothing at this address, or it is not yours."""

    status = 404
    slug = "not-found"
    title = "Not found"

    def __init__(self, noun: str = "resource") -> None:
        super().__init__(f"There is no such {noun}.")


class IllegalTransitionError(ApiError):
    """`allowed` lists the statuses in which the action is possible."""

    status = 409
    slug = "illegal-transition"
    title = "Not possible in this state"

    def __init__(self, action: str, current: str, allowed: Sequence[str]) -> None:
        super().__init__(
            f"A crawl job that is {current} cannot {action}.", current=current, allowed=list(allowed)
        )


class ConflictError(ApiError):
    """The request contradicts what is stored, usually because something else changed it first."""

    status = 409
    slug = "conflict"
    title = "Conflict"


class UnprocessableError(ApiError):
    """The request is well formed, but its values cannot be used; `errors` name the places."""

    status = 422
    slug = "invalid-request"
    title = "Invalid request"

    def __init__(self, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__("Some values cannot be used.", errors=list(errors))


class UnavailableError(ApiError):
    """A service this request needs does not answer. Try again shortly."""

    status = 503
    slug = "unavailable"
    title = "Temporarily unavailable"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "2"}
