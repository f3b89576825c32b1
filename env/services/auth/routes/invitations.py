"""What the service role may do besides: inviting people, and making links without mailing them."""

from datetime import UTC, datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from env.services.auth import mail, one_time, redirects, users
from env.services.auth.bodies import Body, read_body
from env.services.auth.context import Emulator, emulator, require_service_role
from env.services.auth.database import Connection, Row
from env.services.auth.errors import NotFoundError, UnprocessableError, invalid
from env.services.auth.links import TOKEN_OF_LINK, LinkWriter
from env.services.auth.passwords import random_password
from env.services.auth.routes.admin import EMAIL_TAKEN, encrypt

LINK_TYPES: Final = frozenset({"signup", "invite", "magiclink", "recovery"})


async def invite(request: Request) -> Response:
    require_service_role(request)
    app = emulator(request)
    body = await read_body(request)
    email = body.required_email()
    writer = LinkWriter(app.settings, redirects.choose(app.settings, request))
    async with app.pool.connection() as conn:
        user = await _invited(conn, email, body.mapping("data"))
        letter = await writer.prepare(conn, user, "invite")
        user = await users.reload(conn, user["id"])
    await mail.send(app.settings, letter)
    return JSONResponse(users.as_json(user))


async def generate_link(request: Request) -> Response:
    require_service_role(request)
    app = emulator(request)
    body = await read_body(request)
    email, link_type = body.required_email(), body.text("type")
    if link_type not in LINK_TYPES:
        raise invalid("Invalid email action link type requested")
    redirect_to = redirects.choose(app.settings, request, body.text("redirect_to"))
    async with app.pool.connection() as conn:
        user, link_type = await _link_owner(app, conn, body, email, link_type)
        token_type, _ = TOKEN_OF_LINK[link_type]
        token = await one_time.create(conn, user["id"], email, token_type, pkce=False)
        user = await users.reload(conn, user["id"])
    return JSONResponse({
        **users.as_json(user),
        "action_link": mail.action_link(app.settings, token.token_hash, link_type, redirect_to),
        "email_otp": token.code,
        "hashed_token": token.token_hash,
        "verification_type": link_type,
        "redirect_to": redirect_to,
    })  # fmt: skip


async def _link_owner(
    app: Emulator, conn: Connection, body: Body, email: str, link_type: str
) -> tuple[Row, str]:
    """A magic link for an unknown address signs that address up."""
    if link_type == "invite":
        return await _invited(conn, email, body.mapping("data")), link_type
    await users.lock_email(conn, email)
    user = await users.find_by_email(conn, email)
    if user and link_type == "signup" and user["email_confirmed_at"]:
        raise UnprocessableError("email_exists", EMAIL_TAKEN)
    if user:
        return user, link_type
    if link_type == "recovery":
        raise NotFoundError("user_not_found", "User with this email not found")
    password = body.text("password")
    if link_type == "signup" and not password:
        raise invalid("Signup requires a valid password")
    encrypted = await encrypt(app, password or random_password())
    return await users.create(conn, email, encrypted, user_metadata=body.mapping("data")), "signup"


async def _invited(conn: Connection, email: str, metadata: dict[str, Any]) -> Row:
    await users.lock_email(conn, email)
    user = await users.find_by_email(conn, email)
    if user and user["email_confirmed_at"]:
        raise UnprocessableError("email_exists", EMAIL_TAKEN)
    user = user or await users.create(conn, email, None, user_metadata=metadata)
    await users.update(conn, user["id"], invited_at=datetime.now(UTC))
    return user
