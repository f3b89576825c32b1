"""Sessions, their refresh tokens and the access tokens made from them."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from env.services.auth import refresh_tokens, users
from env.services.auth.database import Connection, Row
from env.services.auth.errors import BadRequestError
from env.services.auth.keys import SigningKey
from env.services.auth.settings import AuthSettings


@dataclass(frozen=True, slots=True)
class Client:
    address: str | None
    agent: str | None


class RefreshTokenReusedError(BadRequestError):
    """A spent token came back after the window: somebody else may hold it. The session has ended."""

    def __init__(self) -> None:
        super().__init__("refresh_token_already_used", "Invalid Refresh Token: Already Used")


class SessionIssuer:
    def __init__(self, settings: AuthSettings, key: SigningKey) -> None:
        self._settings = settings
        self._key = key

    async def start(self, conn: Connection, user: Row, method: str, client: Client) -> dict[str, Any]:
        session_id = uuid4()
        await conn.execute(
            "insert into auth.sessions (id, user_id, created_at, updated_at, aal, user_agent, ip)"
            " values (%s, %s, now(), now(), 'aal1', %s, %s)",
            [session_id, user["id"], client.agent, client.address],
        )
        await conn.execute(
            "insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)"
            " values (gen_random_uuid(), %s, now(), now(), %s)",
            [session_id, method],
        )
        await users.update(conn, user["id"], last_sign_in_at=datetime.now(UTC))
        refresh_token = await refresh_tokens.insert(conn, user["id"], session_id, parent=None)
        return await self._session(conn, user["id"], session_id, refresh_token)

    async def refresh(self, conn: Connection, token: str) -> dict[str, Any] | RefreshTokenReusedError:
        """Rotates. Reuse is returned, not raised, so that the end of the session is committed."""
        row = await refresh_tokens.find(conn, token)
        if row is None:
            raise BadRequestError("refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
        user = await users.reload(conn, UUID(row["user_id"]))
        if users.is_banned(user):
            raise BadRequestError("user_banned", "Invalid Refresh Token: User Banned")
        if row["revoked"] and row["age_seconds"] > self._settings.refresh_reuse_seconds:
            await conn.execute("delete from auth.sessions where id = %s", [row["session_id"]])
            return RefreshTokenReusedError()
        token = await refresh_tokens.successor(conn, row) or await refresh_tokens.rotate(conn, row)
        return await self._session(conn, user["id"], row["session_id"], token)

    async def _session(
        self, conn: Connection, user_id: UUID, session_id: UUID, refresh_token: str
    ) -> dict[str, Any]:
        user = await users.reload(conn, user_id)
        now = int(time.time())
        lifetime = self._settings.access_token_seconds
        claims = await self._claims(conn, user, session_id)
        return {
            "access_token": self._key.sign({**claims, "iat": now, "exp": now + lifetime}),
            "token_type": "bearer",
            "expires_in": lifetime,
            "expires_at": now + lifetime,
            "refresh_token": refresh_token,
            "user": users.as_json(user),
        }

    async def _claims(self, conn: Connection, user: Row, session_id: UUID) -> dict[str, Any]:
        return {
            "iss": self._settings.issuer,
            "sub": str(user["id"]),
            "aud": user["aud"],
            "email": user["email"] or "",
            "phone": user["phone"] or "",
            "app_metadata": user["raw_app_meta_data"] or {},
            "user_metadata": user["raw_user_meta_data"] or {},
            "role": user["role"],
            "aal": "aal1",
            "amr": await _authentication_methods(conn, session_id),
            "session_id": str(session_id),
            "is_anonymous": user["is_anonymous"],
        }


async def session_exists(conn: Connection, session_id: UUID, user_id: UUID) -> bool:
    cursor = await conn.execute(
        "select from auth.sessions where id = %s and user_id = %s", [session_id, user_id]
    )
    return await cursor.fetchone() is not None


async def end_sessions(
    conn: Connection, user_id: UUID, *, only: UUID | None = None, keep: UUID | None = None
) -> None:
    await conn.execute(
        "delete from auth.sessions where user_id = %(user)s"
        " and (%(only)s::uuid is null or id = %(only)s) and (%(keep)s::uuid is null or id <> %(keep)s)",
        {"user": user_id, "only": only, "keep": keep},
    )


async def _authentication_methods(conn: Connection, session_id: UUID) -> list[dict[str, Any]]:
    cursor = await conn.execute(
        "select authentication_method as method, extract(epoch from updated_at)::bigint as timestamp"
        " from auth.mfa_amr_claims where session_id = %s order by updated_at desc",
        [session_id],
    )
    return await cursor.fetchall()
