"""What the service role may do with users."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from env.services.auth import one_time, users
from env.services.auth.bodies import Body, as_uuid, read_body
from env.services.auth.context import Emulator, emulator, require_service_role
from env.services.auth.database import Connection, Row
from env.services.auth.errors import NotFoundError, UnprocessableError, invalid
from env.services.auth.passwords import check_strength, hash_password, random_password
from env.services.auth.sessions import end_sessions

PAGE_SIZE: Final = 50
MAXIMUM_PAGE_SIZE: Final = 1000
DURATION: Final = re.compile(r"(?:\d{1,9}(?:\.\d{1,9})?(?:h|m|s|ms))+")
SECONDS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
EMAIL_TAKEN: Final = "A user with this email address has already been registered"


async def list_users(request: Request) -> Response:
    require_service_role(request)
    page, size = (
        _positive(request, "page", 1),
        min(_positive(request, "per_page", PAGE_SIZE), MAXIMUM_PAGE_SIZE),
    )
    async with emulator(request).pool.connection() as conn:
        cursor = await conn.execute("select count(*) as total from auth.users where deleted_at is null")
        counted = await cursor.fetchone()
        cursor = await conn.execute(
            f"{users.SELECT} where u.deleted_at is null order by u.created_at desc, u.id limit %s offset %s",
            [size, (page - 1) * size],
        )
        found = await cursor.fetchall()
    total = counted["total"] if counted else 0
    return JSONResponse(
        {"users": [users.as_json(user) for user in found], "aud": "authenticated"},
        headers={"X-Total-Count": str(total), "Link": _page_links(page, size, total)},
    )


async def create_user(request: Request) -> Response:
    require_service_role(request)
    app = emulator(request)
    body = await read_body(request)
    email = body.email()
    if not email:
        raise invalid("Cannot create a user without either an email or phone")
    encrypted = await encrypt(app, body.text("password") or random_password())
    banned_until = _ban(body)
    async with app.pool.connection() as conn:
        await refuse_taken(conn, email)
        user = await users.create(
            conn, email, encrypted, user_metadata=body.mapping("user_metadata"),
            app_metadata=body.mapping("app_metadata"), role=body.text("role") or "authenticated",
        )  # fmt: skip
        if body.flag("email_confirm"):
            await users.confirm(conn, user)
        if banned_until:
            await users.update(conn, user["id"], banned_until=banned_until)
        return JSONResponse(users.as_json(await users.reload(conn, user["id"])))


async def get_user(request: Request) -> Response:
    require_service_role(request)
    async with emulator(request).pool.connection() as conn:
        return JSONResponse(users.as_json(await _user_of(request, conn)))


async def update_user(request: Request) -> Response:
    require_service_role(request)
    app = emulator(request)
    body = await read_body(request)
    columns = await _columns(app, body)
    email = body.email()
    async with app.pool.connection() as conn:
        user = await _user_of(request, conn)
        for column, field in (("raw_user_meta_data", "user_metadata"), ("raw_app_meta_data", "app_metadata")):
            if field in body:
                columns[column] = users.merged(user[column], body.mapping(field))
        if columns:
            await users.update(conn, user["id"], **columns)
        if email and email != user["email"]:
            await refuse_taken(conn, email)
            await users.set_email(conn, await users.reload(conn, user["id"]), email)
        if body.flag("email_confirm"):
            await users.confirm(conn, await users.reload(conn, user["id"]))
        if "encrypted_password" in columns:
            await end_sessions(conn, user["id"])
        return JSONResponse(users.as_json(await users.reload(conn, user["id"])))


async def delete_user(request: Request) -> Response:
    require_service_role(request)
    body = await read_body(request)
    async with emulator(request).pool.connection() as conn:
        user = await _user_of(request, conn)
        if body.flag("should_soft_delete"):
            await _soft_delete(conn, user)
        else:
            await conn.execute("delete from auth.users where id = %s", [user["id"]])
    return JSONResponse({})


async def _user_of(request: Request, conn: Connection) -> Row:
    user_id = as_uuid(request.path_params["user_id"])
    if user_id is None:
        raise NotFoundError("validation_failed", "user_id must be an UUID")
    user = await users.find_by_id(conn, user_id)
    if user is None:
        raise NotFoundError("user_not_found", "User not found")
    return user


async def _columns(app: Emulator, body: Body) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if "password" in body:
        columns["encrypted_password"] = await encrypt(app, body.text("password"))
    if body.text("role"):
        columns["role"] = body.text("role")
    if body.text("ban_duration"):
        columns["banned_until"] = _ban(body)
    return columns


async def encrypt(app: Emulator, password: str) -> str:
    check_strength(password, app.settings.minimum_password_length)
    return await hash_password(password)


async def refuse_taken(conn: Connection, email: str) -> None:
    await users.lock_email(conn, email)
    if await users.find_by_email(conn, email):
        raise UnprocessableError("email_exists", EMAIL_TAKEN)


async def _soft_delete(conn: Connection, user: Row) -> None:
    """The row stays for what refers to it; nothing in it says who it was."""
    user_id: UUID = user["id"]
    await end_sessions(conn, user_id)
    await one_time.discard(conn, user_id)
    await conn.execute("delete from auth.identities where user_id = %s", [user_id])
    await users.update(
        conn, user_id, email=f"deleted-{user_id}", encrypted_password="", raw_user_meta_data={},
        raw_app_meta_data={}, email_change="", deleted_at=datetime.now(UTC),
    )  # fmt: skip


def _ban(body: Body) -> datetime | None:
    text = body.text("ban_duration")
    if text in {"", "none"}:
        return None
    if not DURATION.fullmatch(text):
        raise invalid("invalid format for ban duration")
    parts = re.findall(r"([\d.]+)(h|ms|m|s)", text)
    seconds = sum(float(number) * SECONDS[unit] for number, unit in parts)
    return datetime.now(UTC) + timedelta(seconds=min(seconds, 100 * 365 * 86_400))


def _positive(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdecimal() or not 0 < len(text) < 7 or int(text) < 1:
        raise invalid(f"Bad Pagination Parameters: {name}")
    return int(text)


def _page_links(page: int, size: int, total: int) -> str:
    last = max(1, -(-total // size))
    links = [f'</admin/users?page={last}&per_page={size}>; rel="last"']
    if page < last:
        links.insert(0, f'</admin/users?page={page + 1}&per_page={size}>; rel="next"')
    return ", ".join(links)
