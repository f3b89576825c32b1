"""Passwords in `auth.users.encrypted_password`, as scrypt in the modular crypt form."""

import base64
import hashlib
import hmac
import secrets
from typing import Final

from anyio import to_thread

from env.services.auth.errors import UnprocessableError, WeakPasswordError

# A quarter of what production would take: the passwords are a developer's own, and tests sign in often.
LOG_COST: Final = 12
MAXIMUM_MEMORY: Final = 64 * 1024 * 1024
# Supabase Auth stores bcrypt, which reads no more than this; the emulator refuses what production would.
MAXIMUM_BYTES: Final = 72


def check_strength(password: str, minimum_length: int) -> None:
    if len(password.encode()) > MAXIMUM_BYTES:
        raise UnprocessableError("validation_failed", "Password cannot be longer than 72 characters")
    if len(password) < minimum_length:
        raise WeakPasswordError(f"Password should be at least {minimum_length} characters.", ["length"])


async def hash_password(password: str) -> str:
    salt = secrets.token_bytes(16)
    digest = await to_thread.run_sync(_derive, password, salt, LOG_COST)
    return f"$scrypt$ln={LOG_COST},r=8,p=1${_text(salt)}${_text(digest)}"


async def verify_password(password: str, stored: str | None) -> bool:
    """Takes the same time whether or not a password is stored: it does not tell who has an account."""
    log_cost, salt, expected = _parse(stored or UNKNOWN)
    digest = await to_thread.run_sync(_derive, password, salt, log_cost)
    return hmac.compare_digest(digest, expected) and bool(stored)


def random_password() -> str:
    return secrets.token_urlsafe(48)


def _derive(password: str, salt: bytes, log_cost: int) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=2**log_cost, r=8, p=1, dklen=32, maxmem=MAXIMUM_MEMORY
    )


def _parse(stored: str) -> tuple[int, bytes, bytes]:
    """Cost, salt and digest: a password outlives a change of LOG_COST."""
    _, _, parameters, salt, digest = stored.split("$")
    log_cost = int(parameters.partition(",")[0].removeprefix("ln="))
    return log_cost, base64.b64decode(salt), base64.b64decode(digest)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


UNKNOWN: Final = f"$scrypt$ln={LOG_COST},r=8,p=1${_text(bytes(16))}${_text(bytes(32))}"
