"""Dependencies under names that read as nouns."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import ParamTypes
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from backend.api.state import AppState, app_state
from backend.core.exceptions import NotAuthenticatedError, UnprocessableError
from backend.database.session import ReadSession, WriteSession
from backend.services.capabilities import Kind
from backend.services.supabase_auth import Principal

bearer_of = HTTPBearer(
    scheme_name="accessToken",
    description="Access token of Supabase Auth.",
    auto_error=False,
    bearerFormat="JWT",
)
_Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer_of)]


async def _state(request: Request) -> AppState:
    return app_state(request)


State = Annotated[AppState, Depends(_state)]


async def _read_session(state: State) -> AsyncIterator[ReadSession]:
    async with state["database"].reading() as session:
        yield session


async def _write_session(state: State) -> AsyncIterator[WriteSession]:
    async with state["database"].transaction() as session:
        yield session


# "function": the commit is made before the answer leaves, so that a failed one is not told as a success.
Reads = Annotated[ReadSession, Depends(_read_session, scope="function")]
Writes = Annotated[WriteSession, Depends(_write_session, scope="function")]


async def current_user(state: State, bearer: _Bearer) -> Principal:
    if bearer is None:
        raise NotAuthenticatedError
    return await state["verifier"].verify(bearer.credentials)


CurrentUser = Annotated[Principal, Depends(current_user)]

Limit = Annotated[int, Query(ge=1, le=100, description="How many items a page holds at most.")]
Cursor = Annotated[
    str | None, Query(max_length=200, description="`next_cursor` of the page before; omit it for the first.")
]
_Expires = Annotated[int | None, Query(ge=0, le=2**53, description="Part of a signed address.")]
_Signature = Annotated[
    str | None, Query(max_length=100, pattern="^[0-9a-f]+$", description="Part of a signed address.")
]


@dataclass(frozen=True, slots=True)
class _Presented:
    """What came with the request for a file: an address that is its own permission, or a token."""

    state: State
    bearer: _Bearer
    expires: _Expires = None
    signature: _Signature = None

    async def viewer(self, kind: Kind, resource: UUID) -> UUID | None:
        if self.expires is not None and self.signature is not None:
            if self.state["signer"].is_valid(kind, resource, self.expires, self.signature):
                return None
            if self.bearer is None:
                raise NotAuthenticatedError("This address has expired or was changed.")
        return (await current_user(self.state, self.bearer)).id


_Presents = Annotated[_Presented, Depends()]


async def _thumbnail_viewer(presented: _Presents, image_id: UUID) -> UUID | None:
    return await presented.viewer("thumbnail", image_id)


async def _image_viewer(presented: _Presents, image_id: UUID) -> UUID | None:
    return await presented.viewer("image", image_id)


async def _export_viewer(presented: _Presents, export_id: UUID) -> UUID | None:
    return await presented.viewer("export", export_id)


# None when the address is its own permission; otherwise whom the token speaks for.
ThumbnailViewer = Annotated[UUID | None, Depends(_thumbnail_viewer)]
ImageViewer = Annotated[UUID | None, Depends(_image_viewer)]
ExportViewer = Annotated[UUID | None, Depends(_export_viewer)]


async def refuse_unknown_parameters(request: Request) -> None:
    """A misspelt filter must not silently return everything."""
    if request.query_params.keys() - _known_parameters(request.scope["route"]):
        raise UnprocessableError([{"field": "query", "message": "holds a parameter that is not known"}])


# By endpoint, because a route is not hashable.
_parameters_of: dict[Callable[..., Any], frozenset[str]] = {}


def _known_parameters(route: APIRoute) -> frozenset[str]:
    known = _parameters_of.get(route.endpoint)
    if known is None:
        fields: list[Any] = get_flat_params(route.dependant)
        known = frozenset(field.alias for field in fields if field.field_info.in_ is ParamTypes.query)
        _parameters_of[route.endpoint] = known
    return known
