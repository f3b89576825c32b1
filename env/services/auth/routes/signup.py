"""Signing up, and the mails a person asks for: confirmation, recovery, magic link."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from env.services.auth import mail, redirects, users
from env.services.auth.bodies import Body, read_body
from env.services.auth.context import Emulator, client_of, emulator
from env.services.auth.database import Connection, Row
from env.services.auth.errors import BadRequestError, UnprocessableError, invalid
from env.services.auth.flows import Challenge, read_challenge
from env.services.auth.links import LinkWriter
from env.services.auth.mail import Mail
from env.services.auth.passwords import check_strength, hash_password, random_password

RESENDABLE: Final = frozenset({"signup", "email_change"})


async def signup(request: Request) -> Response:
    app = emulator(request)
    body = await read_body(request)
    email, password = _credentials(body)
    challenge = read_challenge(body)
    check_strength(password, app.settings.minimum_password_length)
    encrypted = await hash_password(password)
    writer = LinkWriter(app.settings, redirects.choose(app.settings, request))
    letter: Mail | None = None
    async with app.pool.connection() as conn:
        await users.lock_email(conn, email)
        user = await users.find_by_email(conn, email)
        if user and user["email_confirmed_at"]:
            return _already_registered(app, body, email)
        user = user or await users.create(conn, email, encrypted, user_metadata=body.mapping("data"))
        if app.settings.autoconfirm:
            await users.confirm(conn, user)
            return JSONResponse(await app.sessions.start(conn, user, "password", client_of(request)))
        letter = await writer.prepare(conn, user, "signup", challenge)
        answer = users.as_json(await users.reload(conn, user["id"]))
    await mail.send(app.settings, letter)
    return JSONResponse(answer)


async def otp(request: Request) -> Response:
    app = emulator(request)
    body = await read_body(request)
    _refuse_phone(body)
    email, challenge = body.required_email(), read_challenge(body)
    writer = LinkWriter(app.settings, redirects.choose(app.settings, request))
    async with app.pool.connection() as conn:
        user = await _find_or_create(app, conn, body, email)
        link_type = "magiclink" if user["email_confirmed_at"] else "signup"
        letter = await writer.prepare(conn, user, link_type, challenge)
    await mail.send(app.settings, letter)
    return JSONResponse({})


async def recover(request: Request) -> Response:
    app = emulator(request)
    body = await read_body(request)
    email, challenge = body.required_email(), read_challenge(body)
    return await _send_if_known(request, app, email, "recovery", challenge)


async def resend(request: Request) -> Response:
    app = emulator(request)
    body = await read_body(request)
    _refuse_phone(body)
    link_type = body.text("type")
    if link_type not in RESENDABLE:
        raise invalid("Missing one of these types: signup, email_change")
    return await _send_if_known(request, app, body.required_email(), link_type, read_challenge(body))


async def _send_if_known(
    request: Request, app: Emulator, email: str, link_type: str, challenge: Challenge | None
) -> Response:
    """The answer is the same for addresses nobody registered."""
    writer = LinkWriter(app.settings, redirects.choose(app.settings, request))
    letters: list[Mail] = []
    async with app.pool.connection() as conn:
        user = await users.find_by_email(conn, email)
        if user and link_type == "email_change" and user["email_change"]:
            letters = await writer.prepare_email_change(conn, user, user["email_change"], challenge)
        elif user and (link_type == "recovery" or (link_type == "signup" and not user["email_confirmed_at"])):
            letters = [await writer.prepare(conn, user, link_type, challenge)]
    for letter in letters:
        await mail.send(app.settings, letter)
    return JSONResponse({})


async def _find_or_create(app: Emulator, conn: Connection, body: Body, email: str) -> Row:
    await users.lock_email(conn, email)
    user = await users.find_by_email(conn, email)
    if user is None and not body.flag("create_user", default=True):
        raise UnprocessableError("otp_disabled", "Signups not allowed for otp")
    if user is None:
        encrypted = await hash_password(random_password())
        user = await users.create(conn, email, encrypted, user_metadata=body.mapping("data"))
    if app.settings.autoconfirm and user["email_confirmed_at"] is None:
        await users.confirm(conn, user)
        user = await users.reload(conn, user["id"])
    return user


def _credentials(body: Body) -> tuple[str, str]:
    if not body.text("email") and not body.text("phone"):
        raise UnprocessableError("anonymous_provider_disabled", "Anonymous sign-ins are disabled")
    _refuse_phone(body)
    email, password = body.required_email(), body.text("password")
    if not password:
        raise invalid("Signup requires a valid password")
    return email, password


def _refuse_phone(body: Body) -> None:
    if body.text("phone"):
        raise BadRequestError("phone_provider_disabled", "Phone sign-ups and sign-ins are disabled")


def _already_registered(app: Emulator, body: Body, email: str) -> Response:
    """Where addresses are confirmed by mail, the answer looks like a new user's and tells nothing."""
    if app.settings.autoconfirm:
        raise UnprocessableError("user_already_exists", "User already registered")
    now = users.timestamp(datetime.now(UTC))
    stranger: dict[str, Any] = {
        "id": str(uuid4()),
        "aud": "authenticated",
        "role": "authenticated",
        "email": email,
        "phone": "",
        "confirmation_sent_at": now,
        "app_metadata": {"provider": "email", "providers": ["email"]},
        "user_metadata": body.mapping("data"),
        "identities": [],
        "created_at": now,
        "updated_at": now,
        "is_anonymous": False,
    }
    return JSONResponse(stranger)
