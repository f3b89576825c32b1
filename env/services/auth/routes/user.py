"""The signed-in user: reading and changing the account, signing out."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from env.services.auth import mail, redirects, users
from env.services.auth.bodies import Body, read_body
from env.services.auth.context import Caller, current_caller, emulator
from env.services.auth.errors import ForbiddenError, UnprocessableError, invalid
from env.services.auth.flows import read_challenge
from env.services.auth.links import LinkWriter
from env.services.auth.mail import Mail
from env.services.auth.passwords import check_strength, hash_password, verify_password
from env.services.auth.sessions import end_sessions

SCOPES: Final = frozenset({"global", "local", "others"})


async def get_user(request: Request) -> Response:
    async with emulator(request).pool.connection() as conn:
        caller = await current_caller(request, conn)
    return JSONResponse(users.as_json(caller.user))


async def update_user(request: Request) -> Response:
    app = emulator(request)
    async with app.pool.connection() as conn:
        caller = await current_caller(request, conn)
    body = await read_body(request)
    if "app_metadata" in body:
        raise ForbiddenError("not_admin", "Updating app_metadata requires admin privileges")
    columns = await _changes(body, caller, app.settings.minimum_password_length)
    new_email, challenge = body.email(), read_challenge(body)
    writer = LinkWriter(app.settings, redirects.choose(app.settings, request))
    letters: list[Mail] = []
    user_id = caller.user["id"]
    async with app.pool.connection() as conn:
        if columns:
            await users.update(conn, user_id, **columns)
        if "encrypted_password" in columns:
            await end_sessions(conn, user_id, keep=caller.session_id)
        if new_email and new_email != caller.user["email"]:
            if await users.find_by_email(conn, new_email):
                raise UnprocessableError(
                    "email_exists", "A user with this email address has already been registered"
                )
            letters = await writer.prepare_email_change(conn, caller.user, new_email, challenge)
        user = await users.reload(conn, user_id)
    for letter in letters:
        await mail.send(app.settings, letter)
    return JSONResponse(users.as_json(user))


async def logout(request: Request) -> Response:
    scope = request.query_params.get("scope") or "global"
    if scope not in SCOPES:
        raise invalid("Unsupported logout scope")
    async with emulator(request).pool.connection() as conn:
        caller = await current_caller(request, conn)
        await end_sessions(
            conn, caller.user["id"],
            only=caller.session_id if scope == "local" else None,
            keep=caller.session_id if scope == "others" else None,
        )  # fmt: skip
    return Response(status_code=204)


async def _changes(body: Body, caller: Caller, minimum_length: int) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if "data" in body:
        columns["raw_user_meta_data"] = users.merged(caller.user["raw_user_meta_data"], body.mapping("data"))
    if "password" in body:
        password = body.text("password")
        check_strength(password, minimum_length)
        if await verify_password(password, caller.user["encrypted_password"]):
            raise UnprocessableError(
                "same_password", "New password should be different from the old password."
            )
        columns["encrypted_password"] = await hash_password(password)
    return columns
