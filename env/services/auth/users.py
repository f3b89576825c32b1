"""Rows of `auth.users` and `auth.identities`, and the JSON that clients see of them."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from psycopg import sql
from psycopg.types.json import Jsonb

from env.services.auth.database import Connection, Row
from env.services.auth.errors import NotFoundError

SELECT: Final = """
    select u.*, coalesce(
      (select jsonb_agg(i order by i.created_at) from auth.identities i where i.user_id = u.id), '[]'
    ) as identities
    from auth.users u
"""
SHOWN_TIMES: Final = (
    "email_confirmed_at", "confirmed_at", "invited_at", "confirmation_sent_at", "recovery_sent_at",
    "email_change_sent_at", "last_sign_in_at", "banned_until", "deleted_at",
)  # fmt: skip


async def lock_email(conn: Connection, email: str) -> None:
    """Two requests for one address come one after the other, until the transaction ends."""
    await conn.execute("select pg_advisory_xact_lock(hashtextextended(%s, 54321))", [email])


async def find_by_email(conn: Connection, email: str) -> Row | None:
    cursor = await conn.execute(f"{SELECT} where u.email = %s and not u.is_sso_user", [email])
    return await cursor.fetchone()


async def find_by_id(conn: Connection, user_id: UUID) -> Row | None:
    cursor = await conn.execute(f"{SELECT} where u.id = %s", [user_id])
    return await cursor.fetchone()


async def reload(conn: Connection, user_id: UUID) -> Row:
    user = await find_by_id(conn, user_id)
    if user is None:
        raise NotFoundError("user_not_found", "User not found")
    return user


async def create(
    conn: Connection,
    email: str,
    encrypted_password: str | None,
    *,
    user_metadata: dict[str, Any],
    app_metadata: dict[str, Any] | None = None,
    user_id: UUID | None = None,
    role: str = "authenticated",
) -> Row:
    user_id = user_id or uuid4()
    claims = {"sub": str(user_id), "email": email, "email_verified": False, "phone_verified": False}
    provider = {"provider": "email", "providers": ["email"]}
    await conn.execute(
        """
        insert into auth.users (instance_id, id, aud, role, email, encrypted_password, raw_app_meta_data,
          raw_user_meta_data, created_at, updated_at)
        values ('00000000-0000-0000-0000-000000000000', %s, 'authenticated', %s, %s, %s, %s, %s, now(), now())
        """,
        [user_id, role, email, encrypted_password,
         Jsonb({**provider, **(app_metadata or {})}), Jsonb({**user_metadata, **claims})],
    )  # fmt: skip
    await conn.execute(
        """
        insert into auth.identities
          (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
        values (%s, %s, %s, 'email', now(), now(), now())
        """,
        [str(user_id), user_id, Jsonb(claims)],
    )
    return await reload(conn, user_id)


async def update(conn: Connection, user_id: UUID, **columns: object) -> None:
    """Sets columns of one user; the names are this package's own, never a client's."""
    values = {name: Jsonb(value) if isinstance(value, dict) else value for name, value in columns.items()}
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values
    )
    statement = sql.SQL("update auth.users set {}, updated_at = now() where id = %(_user_id)s")
    await conn.execute(statement.format(assignments), {**values, "_user_id": user_id})


async def confirm(conn: Connection, user: Row) -> None:
    """Marks the address as proven, unless it already is."""
    if user["email_confirmed_at"] is None:
        await update(conn, user["id"], email_confirmed_at=datetime.now(UTC))
    await set_email(conn, user, user["email"])


async def set_email(conn: Connection, user: Row, email: str) -> None:
    proven = {"email": email, "email_verified": True}
    await update(conn, user["id"], email=email, raw_user_meta_data={**user["raw_user_meta_data"], **proven})
    await conn.execute(
        "update auth.identities set identity_data = identity_data || %s, updated_at = now()"
        " where user_id = %s and provider = 'email'",
        [Jsonb(proven), user["id"]],
    )


def merged(current: dict[str, Any] | None, changes: dict[str, Any]) -> dict[str, Any]:
    """Keys set to null are removed, as Supabase Auth does."""
    return {key: value for key, value in {**(current or {}), **changes}.items() if value is not None}


def is_banned(user: Row) -> bool:
    return user["banned_until"] is not None and user["banned_until"] > datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def as_json(user: Row) -> dict[str, Any]:
    return {
        "id": str(user["id"]),
        "aud": user["aud"],
        "role": user["role"],
        "email": user["email"] or "",
        "phone": user["phone"] or "",
        **({"new_email": user["email_change"]} if user["email_change"] else {}),
        **{name: timestamp(user[name]) for name in SHOWN_TIMES if user[name] is not None},
        "app_metadata": user["raw_app_meta_data"] or {},
        "user_metadata": user["raw_user_meta_data"] or {},
        "identities": [_identity_as_json(identity) for identity in user["identities"]],
        "created_at": timestamp(user["created_at"]),
        "updated_at": timestamp(user["updated_at"]),
        "is_anonymous": user["is_anonymous"],
    }


def _identity_as_json(identity: dict[str, Any]) -> dict[str, Any]:
    shown = ("user_id", "identity_data", "provider", "last_sign_in_at", "created_at", "updated_at", "email")
    return {
        "identity_id": identity["id"],
        "id": identity["provider_id"],
        **{name: identity[name] for name in shown},
    }
