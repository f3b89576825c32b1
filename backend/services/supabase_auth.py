"""Verifies the access tokens of Supabase Auth. Nothing here or elsewhere issues one."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import jwt

from backend.core.exceptions import NotAuthenticatedError, UnavailableError
from backend.core.net.jwks import ALGORITHMS, KeySource, KeysUnavailableError

_AUDIENCE = "authenticated"
_ROLE = "authenticated"
_LEEWAY_SECONDS = 10
_CACHE_SECONDS = 60.0
_CACHE_SIZE = 4096
_LONGEST_TOKEN = 8192


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a verified token speaks for."""

    id: UUID
    email: str


class TokenVerifier:
    """Remembers a verified token for at most a minute: a sign-out must not be outlived by much."""

    def __init__(self, keys: KeySource, issuer: str, clock: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._issuer = issuer
        self._clock = clock
        self._verified: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    async def verify(self, token: str) -> Principal:
        """Raises NotAuthenticatedError, or UnavailableError when no signing key could ever be fetched."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        if known := self._verified.get(digest):
            until, principal = known
            if self._clock() < until:
                self._verified.move_to_end(digest)
                return principal
            del self._verified[digest]
        principal, expires = await self._verify(token)
        self._verified[digest] = (min(expires, self._clock() + _CACHE_SECONDS), principal)
        if len(self._verified) > _CACHE_SIZE:
            self._verified.popitem(last=False)
        return principal

    async def _verify(self, token: str) -> tuple[Principal, float]:
        try:
            claims = jwt.decode(
                token,
                await self._signing_key(token),
                algorithms=ALGORITHMS,
                audience=_AUDIENCE,
                issuer=self._issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
            if claims.get("role") != _ROLE:
                raise NotAuthenticatedError
            return Principal(UUID(claims["sub"]), str(claims.get("email") or "")), float(claims["exp"])
        except (jwt.PyJWTError, ValueError) as error:
            raise NotAuthenticatedError from error

    async def _signing_key(self, token: str) -> jwt.PyJWK:
        if len(token) > _LONGEST_TOKEN:
            raise NotAuthenticatedError
        header = jwt.get_unverified_header(token)
        key_id = header.get("kid")
        # Refused before any key is looked for: a forged header costs nobody a fetch.
        if header.get("alg") not in ALGORITHMS or not isinstance(key_id, str):
            raise NotAuthenticatedError
        try:
            key = await self._keys.key(key_id)
        except KeysUnavailableError:
            raise UnavailableError("The sign-in service does not answer.") from None
        if key is None or key.algorithm_name != header["alg"]:
            raise NotAuthenticatedError
        return key
