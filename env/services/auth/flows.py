"""PKCE: the challenge a client leaves behind, and the code it gets for it after the mailed link."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from env.services.auth.bodies import Body
from env.services.auth.database import Connection, Row
from env.services.auth.errors import BadRequestError, NotFoundError, UnprocessableError, invalid

PREFIX: Final = "pkce_"
CHALLENGE: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
# The names under which Supabase Auth files a flow, by the type of the mailed link.
METHODS: Final = {
    "signup": "email/signup",
    "invite": "invite",
    "recovery": "recovery",
    "magiclink": "magiclink",
    "email_change": "email_change",
}


@dataclass(frozen=True, slots=True)
class Challenge:
    value: str
    method: str


def read_challenge(body: Body) -> Challenge | None:
    """None means the implicit flow."""
    value, method = body.text("code_challenge"), body.text("code_challenge_method").lower()
    if not value and not method:
        return None
    if not value or not method:
        raise invalid("PKCE flow requires code_challenge_method and code_challenge")
    if method not in {"s256", "plain"}:
        raise invalid("unsupported code_challenge method")
    if not CHALLENGE.fullmatch(value):
        raise invalid("code challenge has to be between 43 and 128 characters of A-Z, a-z, 0-9, -, ., _, ~")
    return Challenge(value, method)


async def begin(conn: Connection, user_id: UUID, challenge: Challenge, link_type: str) -> None:
    await conn.execute(
        """
        insert into auth.flow_state (id, user_id, auth_code, code_challenge_method, code_challenge,
          provider_type, created_at, updated_at, authentication_method)
        values (gen_random_uuid(), %s, %s, %s, %s, 'email', now(), now(), %s)
        """,
        [user_id, str(uuid4()), challenge.method, challenge.value, METHODS[link_type]],
    )


async def issue_code(conn: Connection, user_id: UUID, link_type: str) -> str:
    cursor = await conn.execute(
        """
        update auth.flow_state set auth_code_issued_at = now(), updated_at = now()
        where id = (select id from auth.flow_state where user_id = %s and authentication_method = %s
                    and auth_code_issued_at is null order by created_at desc limit 1)
        returning auth_code
        """,
        [user_id, METHODS[link_type]],
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFoundError("flow_state_not_found", "No valid flow state found for user")
    return str(row["auth_code"])


async def redeem(conn: Connection, code: str, verifier: str, maximum_seconds: int) -> Row:
    """The flow, which is spent by this; a wrong verifier leaves it in place for the rightful client."""
    cursor = await conn.execute(
        "select *, auth_code_issued_at + make_interval(secs => %s) < now() as expired from auth.flow_state"
        " where auth_code = %s and auth_code_issued_at is not null for update",
        [maximum_seconds, code],
    )
    flow = await cursor.fetchone()
    if flow is None:
        raise NotFoundError("flow_state_not_found", "invalid flow state, no valid flow state found")
    if flow["expired"]:
        raise UnprocessableError("flow_state_expired", "invalid flow state, flow state has expired")
    if not hmac.compare_digest(
        _challenge_of(verifier, flow["code_challenge_method"]), flow["code_challenge"]
    ):
        raise BadRequestError(
            "bad_code_verifier", "code challenge does not match previously saved code verifier"
        )
    await conn.execute("delete from auth.flow_state where id = %s", [flow["id"]])
    return flow


def _challenge_of(verifier: str, method: str) -> str:
    if method == "plain":
        return verifier if verifier.isascii() else ""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
