import asyncio
import time
from collections.abc import Awaitable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from backend.core.exceptions import NotAuthenticatedError, UnavailableError
from backend.core.net.jwks import JwksCache
from backend.services.supabase_auth import Principal, TokenVerifier
from backend.tests.issuer import Issuer, public_jwk, running_issuer


@pytest.fixture
def auth() -> Iterator[Issuer]:
    with running_issuer() as issuer:
        yield issuer


class Clock:
    """Runs only when told to."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Desk:
    """A verifier with its two clocks in hand."""

    def __init__(self, issuer: Issuer) -> None:
        self.wall, self.steady = Clock(time.time()), Clock(1_000.0)
        keys = JwksCache(f"{issuer.issuer}/.well-known/jwks.json", self.steady)
        self.verifier = TokenVerifier(keys, issuer.issuer, self.wall)

    def pass_time(self, seconds: float) -> None:
        self.wall.now += seconds
        self.steady.now += seconds

    async def is_accepted(self, token: str) -> bool:
        try:
            await self.verifier.verify(token)
        except NotAuthenticatedError:
            return False
        return True


@pytest.fixture
def desk(auth: Issuer) -> Desk:
    return Desk(auth)


def _run(work: Awaitable[Any]) -> Any:
    async def wait() -> Any:
        return await work

    return asyncio.run(wait())


def test_a_good_token_speaks_for_its_subject(auth: Issuer, desk: Desk):
    user_id = uuid4()
    principal = _run(desk.verifier.verify(auth.token(user_id)))

    assert principal == Principal(UUID(str(user_id)), f"{user_id}@test.invalid")


def test_many_at_once_cost_one_fetch(auth: Issuer, desk: Desk):
    async def work() -> None:
        await asyncio.gather(*(desk.verifier.verify(auth.token(uuid4())) for _ in range(20)))

    _run(work())
    assert auth.fetches == 1


def test_a_verified_token_is_believed_for_a_minute_and_no_longer(auth: Issuer, desk: Desk):
    token = auth.token(uuid4())

    async def work() -> list[bool]:
        answers = [await desk.is_accepted(token)]
        # The issuer takes its key back; the cache of keys is told so by a new, empty one.
        desk.verifier._keys = _NoKeys()
        desk.pass_time(59)
        answers.append(await desk.is_accepted(token))
        desk.pass_time(2)
        answers.append(await desk.is_accepted(token))
        return answers

    assert _run(work()) == [True, True, False]


def test_a_verified_token_is_not_believed_past_its_end(auth: Issuer, desk: Desk):
    token = auth.token(uuid4(), exp=int(desk.wall.now) + 20)

    async def work() -> list[bool]:
        answers = [await desk.is_accepted(token)]
        desk.verifier._keys = _NoKeys()
        desk.pass_time(21)
        answers.append(await desk.is_accepted(token))
        return answers

    assert _run(work()) == [True, False]


class _NoKeys:
    async def key(self, key_id: str) -> None:
        return None


def test_keys_outlive_an_auth_server_that_is_away(auth: Issuer, desk: Desk):
    async def work() -> list[bool]:
        answers = [await desk.is_accepted(auth.token(uuid4()))]
        auth.is_away = True
        for seconds in (300, 400, 3600):
            desk.pass_time(seconds)
            answers.append(await desk.is_accepted(auth.token(uuid4(), exp=int(desk.wall.now) + 99)))
        return answers

    assert _run(work()) == [True] * 4


def test_without_any_key_the_service_is_unavailable_and_heals(auth: Issuer, desk: Desk):
    auth.is_away = True

    async def work() -> bool:
        with pytest.raises(UnavailableError):
            await desk.verifier.verify(auth.token(uuid4()))
        auth.is_away = False
        desk.pass_time(1.5)
        return await desk.is_accepted(auth.token(uuid4()))

    assert _run(work())


def test_a_new_key_is_found_within_thirty_seconds(auth: Issuer, desk: Desk):
    async def work() -> list[bool]:
        answers = [await desk.is_accepted(auth.token(uuid4()))]
        auth.key, auth.key_id = ec.generate_private_key(ec.SECP256R1()), "second"
        auth.keys = [public_jwk(auth.key, "second")]
        token = auth.token(uuid4())
        desk.pass_time(29)
        answers.append(await desk.is_accepted(token))
        desk.pass_time(2)
        answers.append(await desk.is_accepted(token))
        return answers

    assert _run(work()) == [True, False, True]
    assert auth.fetches == 2


def test_a_thousand_unknown_keys_cost_one_fetch(auth: Issuer, desk: Desk):
    async def work() -> None:
        await desk.is_accepted(auth.token(uuid4()))
        desk.pass_time(31)
        for number in range(1000):
            assert not await desk.is_accepted(auth.token(uuid4(), key_id=f"k{number}"))

    _run(work())
    assert auth.fetches == 2


def test_a_symmetric_key_in_the_set_is_not_used(auth: Issuer, desk: Desk):
    auth.keys.append(
        {"kty": "oct", "kid": "shared", "alg": "HS256", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"}
    )
    assert _run(desk.is_accepted(auth.token(uuid4())))
    assert not _run(desk.is_accepted(auth.token(uuid4(), key_id="shared")))
