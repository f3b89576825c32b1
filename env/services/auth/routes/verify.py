"""`/verify`: a mailed link is followed (GET), or its code or hash is typed into a form (POST)."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from env.services.auth import flows, one_time, redirects, users
from env.services.auth.bodies import Body, query_text, read_body
from env.services.auth.context import Emulator, client_of, emulator
from env.services.auth.database import Connection, Row
from env.services.auth.errors import AuthError, ForbiddenError, UnprocessableError, invalid

HALF_CONFIRMED: Final = "Confirmation link accepted. Please proceed to confirm link sent to the other email"


async def follow_link(request: Request) -> Response:
    app = emulator(request)
    redirect_to = redirects.choose(app.settings, request)
    pkce = request.query_params.get("token", "").startswith(flows.PREFIX)
    # Scanners that look ahead at links in mails ask with HEAD; that must not spend the token.
    if request.method == "HEAD":
        return RedirectResponse(app.settings.site_url, status_code=303)
    try:
        target = await _followed(request, app, redirect_to, pkce=pkce)
    except AuthError as error:
        target = redirects.with_error(redirect_to, error, pkce=pkce)
    return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})


async def verify(request: Request) -> Response:
    app = emulator(request)
    body = await read_body(request)
    link_type, hashes, refusal = _read_proof(body)
    async with app.pool.connection() as conn:
        user = await _prove(app, conn, link_type, hashes, refusal)
        if user is None:
            return JSONResponse({"msg": HALF_CONFIRMED, "code": "200"})
        return JSONResponse(await app.sessions.start(conn, user, "otp", client_of(request)))


async def _followed(request: Request, app: Emulator, redirect_to: str, *, pkce: bool) -> str:
    token_hash, link_type = query_text(request, "token"), query_text(request, "type")
    if link_type not in flows.METHODS:
        raise invalid("Invalid email verification type")
    async with app.pool.connection() as conn:
        user = await _prove(app, conn, link_type, [token_hash], "Email link is invalid or has expired")
        if user is None:
            return redirects.with_message(redirect_to, HALF_CONFIRMED, pkce=pkce)
        if pkce:
            code = await flows.issue_code(conn, user["id"], link_type)
            return redirects.with_query(redirect_to, code=code)
        session = await app.sessions.start(conn, user, "otp", client_of(request))
    return redirects.with_session(redirect_to, session, link_type)


def _read_proof(body: Body) -> tuple[str, list[str], str]:
    """The type, the token hashes it may be, and the sentence when it is none of them."""
    link_type, code, token_hash = body.text("type"), body.text("token"), body.text("token_hash")
    if not link_type:
        raise invalid("Verify requires a verification type")
    if link_type not in one_time.TOKENS_OF_TYPE:
        raise invalid("Unsupported verification type")
    if not code and not token_hash:
        raise invalid("Verify requires either a token or a token hash")
    if token_hash:
        if code or "email" in body or "phone" in body:
            raise invalid("Only the token_hash and type should be provided")
        return link_type, [token_hash], "Email link is invalid or has expired"
    found = one_time.hash_code(body.required_email(), code)
    return link_type, [found, flows.PREFIX + found], "Token has expired or is invalid"


async def _prove(
    app: Emulator, conn: Connection, link_type: str, hashes: list[str], refusal: str
) -> Row | None:
    """The user whose token this was; None when the other address must still agree to a change."""
    token = await one_time.consume(conn, hashes, link_type, app.settings.one_time_seconds)
    if token is None:
        raise ForbiddenError("otp_expired", refusal)
    user = await users.reload(conn, token["user_id"])
    if users.is_banned(user):
        raise ForbiddenError("user_banned", "User is banned")
    if link_type == "email_change":
        return await _confirm_email_change(conn, user)
    await users.confirm(conn, user)
    return await users.reload(conn, user["id"])


async def _confirm_email_change(conn: Connection, user: Row) -> Row | None:
    if user["email_change_confirm_status"] == 0:
        await users.update(conn, user["id"], email_change_confirm_status=1)
        return None
    new_email = user["email_change"]
    await users.lock_email(conn, new_email)
    if await users.find_by_email(conn, new_email):
        raise UnprocessableError("email_exists", "A user with this email address has already been registered")
    await users.set_email(conn, user, new_email)
    await users.update(conn, user["id"], email_change="", email_change_confirm_status=0)
    return await users.reload(conn, user["id"])
