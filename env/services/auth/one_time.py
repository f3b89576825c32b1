"""One-time tokens: the six digits a person types and the hash a mailed link carries."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from env.services.auth.database import Connection, Row
from env.services.auth.flows import PREFIX

CONFIRMATION: Final = "confirmation_token"
RECOVERY: Final = "recovery_token"
EMAIL_CHANGE_NEW: Final = "email_change_token_new"
EMAIL_CHANGE_CURRENT: Final = "email_change_token_current"
# Which stored tokens a link or a typed code of this type may be.
TOKENS_OF_TYPE: Final = {
    "signup": (CONFIRMATION,),
    "invite": (CONFIRMATION,),
    "recovery": (RECOVERY,),
    "magiclink": (RECOVERY,),
    "email": (CONFIRMATION, RECOVERY),
    "email_change": (EMAIL_CHANGE_NEW, EMAIL_CHANGE_CURRENT),
}


@dataclass(frozen=True, slots=True)
class OneTime:
    code: str
    token_hash: str


def hash_code(email: str, code: str) -> str:
    return hashlib.sha224(f"{email}{code}".encode()).hexdigest()


async def create(conn: Connection, user_id: UUID, email: str, token_type: str, *, pkce: bool) -> OneTime:
    """A new token replaces the user's earlier one of the same type."""
    code = f"{secrets.randbelow(10**6):06d}"
    token_hash = (PREFIX if pkce else "") + hash_code(email, code)
    await conn.execute(
        """
        insert into auth.one_time_tokens
          (id, user_id, token_type, token_hash, relates_to, created_at, updated_at)
        values (gen_random_uuid(), %s, %s, %s, %s, timezone('utc', now()), timezone('utc', now()))
        on conflict (user_id, token_type) do update set token_hash = excluded.token_hash,
          relates_to = excluded.relates_to, created_at = excluded.created_at, updated_at = excluded.updated_at
        """,
        [user_id, token_type, token_hash, email],
    )
    return OneTime(code, token_hash)


async def consume(
    conn: Connection, token_hashes: list[str], link_type: str, maximum_seconds: int
) -> Row | None:
    """The row, now deleted; None when unknown, spent, of another type or too old."""
    cursor = await conn.execute(
        """
        delete from auth.one_time_tokens
        where token_hash = any(%s) and token_type::text = any(%s)
        returning user_id, token_type::text, relates_to,
          created_at + make_interval(secs => %s) < timezone('utc', now()) as expired
        """,
        [token_hashes, list(TOKENS_OF_TYPE[link_type]), maximum_seconds],
    )
    row = await cursor.fetchone()
    return None if row is None or row["expired"] else row


async def sent_within(conn: Connection, user_id: UUID, token_type: str, seconds: float) -> float:
    """How many seconds of the interval between two mails are left; 0 when another may go out."""
    cursor = await conn.execute(
        "select extract(epoch from created_at + make_interval(secs => %s) - timezone('utc', now()))::float8"
        " as left from auth.one_time_tokens where user_id = %s and token_type = %s",
        [seconds, user_id, token_type],
    )
    row = await cursor.fetchone()
    return max(0.0, row["left"]) if row else 0.0


async def discard(conn: Connection, user_id: UUID) -> None:
    await conn.execute("delete from auth.one_time_tokens where user_id = %s", [user_id])
