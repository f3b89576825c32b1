"""What every route works with, and who is calling."""

from dataclasses import dataclass
from uuid import UUID

import jwt
from starlette.requests import Request

from env.services.auth import users
from env.services.auth.bodies import as_uuid
from env.services.auth.database import Connection, Pool, Row
from env.services.auth.errors import ForbiddenError, UnauthorizedError
from env.services.auth.keys import ALGORITHM, SigningKey, is_api_key
from env.services.auth.sessions import Client, SessionIssuer, session_exists
from env.services.auth.settings import AuthSettings


@dataclass(frozen=True, slots=True)
class Emulator:
    settings: AuthSettings
    key: SigningKey
    pool: Pool
    sessions: SessionIssuer


@dataclass(frozen=True, slots=True)
class Caller:
    user: Row
    session_id: UUID


def emulator(request: Request) -> Emulator:
    found: Emulator = request.app.state.emulator
    return found


def client_of(request: Request) -> Client:
    return Client(request.client.host if request.client else None, request.headers.get("user-agent"))


async def current_caller(request: Request, conn: Connection) -> Caller:
    """The user whose access token came with the request, in a session that still lives."""
    app = emulator(request)
    try:
        claims = jwt.decode(
            _bearer(request), app.key.public, algorithms=[ALGORITHM],
            issuer=app.settings.issuer, audience="authenticated",
        )  # fmt: skip
    except jwt.InvalidTokenError as error:
        raise ForbiddenError(
            "bad_jwt", "invalid JWT: unable to parse or verify signature or claims"
        ) from error
    user_id, session_id = as_uuid(str(claims.get("sub"))), as_uuid(str(claims.get("session_id")))
    if user_id is None or session_id is None:
        raise ForbiddenError("bad_jwt", "invalid claim: missing sub or session_id claim")
    user = await users.find_by_id(conn, user_id)
    if user is None:
        raise ForbiddenError("user_not_found", "User from sub claim in JWT does not exist")
    if not await session_exists(conn, session_id, user_id):
        raise ForbiddenError("session_not_found", "Session from session_id claim in JWT does not exist")
    if users.is_banned(user):
        raise ForbiddenError("user_banned", "User is banned")
    return Caller(user, session_id)


def require_service_role(request: Request) -> None:
    token = _bearer(request)
    key = emulator(request).key
    try:
        jwt.decode(token, key.public, algorithms=[ALGORITHM], options={"verify_aud": False})
    except jwt.InvalidTokenError as error:
        raise UnauthorizedError("bad_jwt", "invalid JWT: unable to parse or verify signature") from error
    if not is_api_key(key, token, "service_role"):
        raise ForbiddenError("not_admin", "User not allowed")


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnauthorizedError("no_authorization", "This endpoint requires a valid Bearer token")
    return token.strip()
