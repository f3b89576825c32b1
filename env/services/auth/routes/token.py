"""`POST /token`: a session for a password, a refresh token or a PKCE code."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from env.services.auth import flows, users
from env.services.auth.bodies import Body, read_body
from env.services.auth.context import client_of, emulator
from env.services.auth.errors import BadRequestError, invalid
from env.services.auth.passwords import verify_password
from env.services.auth.sessions import RefreshTokenReusedError


async def token(request: Request) -> Response:
    body = await read_body(request)
    match request.query_params.get("grant_type", ""):
        case "password":
            return await _password(request, body)
        case "refresh_token":
            return await _refresh(request, body)
        case "pkce":
            return await _pkce(request, body)
        case _:
            raise BadRequestError("invalid_credentials", "unsupported_grant_type")


async def _password(request: Request, body: Body) -> Response:
    app = emulator(request)
    if body.text("phone"):
        raise BadRequestError("phone_provider_disabled", "Phone logins are disabled")
    email, password = body.text("email").strip().lower(), body.text("password")
    async with app.pool.connection() as conn:
        user = await users.find_by_email(conn, email)
    # Outside the transaction: the comparison is slow on purpose and must not hold a connection.
    if not await verify_password(password, user["encrypted_password"] if user else None) or user is None:
        raise BadRequestError("invalid_credentials", "Invalid login credentials")
    if users.is_banned(user):
        raise BadRequestError("user_banned", "User is banned")
    if user["email_confirmed_at"] is None:
        raise BadRequestError("email_not_confirmed", "Email not confirmed")
    async with app.pool.connection() as conn:
        if await users.find_by_id(conn, user["id"]) is None:
            raise BadRequestError("invalid_credentials", "Invalid login credentials")
        return JSONResponse(await app.sessions.start(conn, user, "password", client_of(request)))


async def _refresh(request: Request, body: Body) -> Response:
    app = emulator(request)
    refresh_token = body.text("refresh_token")
    if not refresh_token:
        raise invalid("refresh_token required")
    async with app.pool.connection() as conn:
        session = await app.sessions.refresh(conn, refresh_token)
    if isinstance(session, RefreshTokenReusedError):
        raise session
    return JSONResponse(session)


async def _pkce(request: Request, body: Body) -> Response:
    app = emulator(request)
    code, verifier = body.text("auth_code"), body.text("code_verifier")
    if not code or not verifier:
        raise invalid("invalid request: both auth code and code verifier should be non-empty")
    async with app.pool.connection() as conn:
        flow = await flows.redeem(conn, code, verifier, app.settings.flow_state_seconds)
        user = await users.reload(conn, flow["user_id"])
        if users.is_banned(user):
            raise BadRequestError("user_banned", "User is banned")
        method = flow["authentication_method"]
        return JSONResponse(await app.sessions.start(conn, user, method, client_of(request)))
