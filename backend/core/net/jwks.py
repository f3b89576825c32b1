"""The signing keys of Supabase Auth, fetched rarely and never because of one stranger's token."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from jwt import PyJWK, PyJWKClient, PyJWKClientError, PyJWKError, PyJWKSet, PyJWTError
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from backend.utility.logging_config import get_logger

log = get_logger(__name__)

ALGORITHMS = ("ES256", "RS256")
_TIMEOUT_SECONDS = 2
_LIFETIME_SECONDS = 600.0
_UNKNOWN_KEY_COOLDOWN_SECONDS = 30.0
_FAILURE_COOLDOWN_SECONDS = 1.0


class KeysUnavailableError(Exception):
    """The auth server does not answer and no key was ever had."""


class KeySource(Protocol):
    async def key(self, key_id: str) -> PyJWK | None:
        """None when the issuer does not know the key; raises KeysUnavailableError."""
        ...


class JwksCache:
    """Holds the keys for ten minutes and goes on with them while the auth server is away."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = PyJWKClient(url, cache_jwk_set=False, timeout=_TIMEOUT_SECONDS)
        self._clock = clock
        self._keys: Mapping[str, PyJWK] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def key(self, key_id: str) -> PyJWK | None:
        if self._is_fetch_due(key_id):
            async with self._lock:
                # Whoever waited here finds what the first one fetched.
                if self._is_fetch_due(key_id):
                    await self._fetch()
        if not self._keys:
            raise KeysUnavailableError
        return self._keys.get(key_id)

    def _is_fetch_due(self, key_id: str) -> bool:
        since_try = self._clock() - self._tried_at
        if not self._keys:
            return since_try >= _FAILURE_COOLDOWN_SECONDS
        is_stale = self._clock() - self._fetched_at >= _LIFETIME_SECONDS
        return (is_stale or key_id not in self._keys) and since_try >= _UNKNOWN_KEY_COOLDOWN_SECONDS

    async def _fetch(self) -> None:
        try:
            data: object = await AsyncRetrying(
                retry=retry_if_exception_type(PyJWKClientError),
                stop=stop_after_attempt(2),
                wait=wait_random_exponential(multiplier=0.1, max=0.5),
                reraise=True,
            )(self._download)
            self._keys = _usable_keys(data)
            self._fetched_at = self._clock()
        # Whatever came instead of keys: an error page, half an answer, an empty set.
        except (PyJWTError, ValueError, OSError) as error:
            log.warning("signing keys could not be fetched", reason=str(error), held=len(self._keys))
        finally:
            self._tried_at = self._clock()

    async def _download(self) -> object:
        return await asyncio.to_thread(self._client.fetch_data)


def _usable_keys(data: object) -> dict[str, PyJWK]:
    if not isinstance(data, dict):
        raise PyJWKError("the key set is not an object")
    return {
        key.key_id: key
        for key in PyJWKSet.from_dict(data).keys
        # A symmetric or unexpected key in the set must not widen what is accepted.
        if key.key_id and key.algorithm_name in ALGORITHMS
    }
