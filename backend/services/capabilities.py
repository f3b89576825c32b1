"""Addresses that are their own permission, so that <img> and downloads work without a header."""

import hmac
import time
from collections.abc import Callable
from typing import Literal
from uuid import UUID

Kind = Literal["thumbnail", "image", "export"]

_HOUR_SECONDS = 3600


class CapabilitySigner:
    """Valid for one to two hours: the expiry is rounded, so that an address stays the same for an hour."""

    def __init__(self, key: str, clock: Callable[[], float] = time.time) -> None:
        self._key = key.encode()
        self._clock = clock

    def query(self, kind: Kind, resource: UUID) -> str:
        expires = (int(self._clock()) // _HOUR_SECONDS + 2) * _HOUR_SECONDS
        return f"expires={expires}&signature={self._signature(kind, resource, expires)}"

    def is_valid(self, kind: Kind, resource: UUID, expires: int, signature: str) -> bool:
        expected = self._signature(kind, resource, expires)
        return self._clock() < expires and hmac.compare_digest(expected.encode(), signature.encode())

    def _signature(self, kind: Kind, resource: UUID, expires: int) -> str:
        message = f"{kind}:{resource}:{expires}".encode()
        return hmac.digest(self._key, message, "sha256").hex()[:43]
