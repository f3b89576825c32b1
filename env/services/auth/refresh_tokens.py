"""Refresh tokens: each is spent by its use and names the one that it replaced."""

import secrets
from uuid import UUID

from env.services.auth.database import Connection, Row


async def find(conn: Connection, token: str) -> Row | None:
    # The session's row is the lock: two refreshes of one session come one after the other.
    await conn.execute(
        "select from auth.sessions where id = (select session_id from auth.refresh_tokens where token = %s)"
        " for update",
        [token],
    )
    cursor = await conn.execute(
        "select *, extract(epoch from clock_timestamp() - updated_at)::float8 as age_seconds"
        " from auth.refresh_tokens where token = %s",
        [token],
    )
    return await cursor.fetchone()


async def successor(conn: Connection, row: Row) -> str | None:
    """Inside the reuse window the answer is the token that already replaced this one, when still unused."""
    if not row["revoked"]:
        return None
    cursor = await conn.execute(
        "select token from auth.refresh_tokens where session_id = %s and parent = %s and not revoked",
        [row["session_id"], row["token"]],
    )
    found = await cursor.fetchone()
    return found["token"] if found else None


async def rotate(conn: Connection, row: Row) -> str:
    await conn.execute(
        "update auth.refresh_tokens set revoked = true, updated_at = clock_timestamp()"
        " where session_id = %s and not revoked",
        [row["session_id"]],
    )
    await conn.execute(
        "update auth.sessions set refreshed_at = timezone('utc', now()), updated_at = now() where id = %s",
        [row["session_id"]],
    )
    return await insert(conn, UUID(row["user_id"]), row["session_id"], parent=row["token"])


async def insert(conn: Connection, user_id: UUID, session_id: UUID, *, parent: str | None) -> str:
    token = secrets.token_urlsafe(24)
    await conn.execute(
        "insert into auth.refresh_tokens"
        " (token, user_id, revoked, created_at, updated_at, parent, session_id)"
        " values (%s, %s, false, clock_timestamp(), clock_timestamp(), %s, %s)",
        [token, str(user_id), parent, session_id],
    )
    return token
