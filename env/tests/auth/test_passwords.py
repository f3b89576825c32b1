import asyncio
import time

import pytest

from env.services.auth import passwords
from env.services.auth.errors import UnprocessableError, WeakPasswordError
from env.services.auth.passwords import check_strength, hash_password, verify_password


def verified(password: str, stored: str | None) -> bool:
    return asyncio.run(verify_password(password, stored))


@pytest.mark.parametrize("password", ["secret", "пароль", "with $ and = signs", "x" * 72, "-_" * 32])
def test_only_the_same_password_verifies(password: str) -> None:
    stored = asyncio.run(hash_password(password))
    assert password not in stored
    assert len(stored) <= 255
    assert verified(password, stored)
    assert not verified(password + "x", stored)
    assert not verified("", stored)


def test_hashes_of_one_password_differ() -> None:
    assert asyncio.run(hash_password("secret")) != asyncio.run(hash_password("secret"))


@pytest.mark.parametrize("stored", [None, ""])
def test_user_without_a_password_cannot_sign_in_with_one(stored: str | None) -> None:
    assert not verified("", stored)
    assert not verified("secret", stored)


def test_unknown_user_costs_as_much_as_a_wrong_password() -> None:
    stored = asyncio.run(hash_password("secret"))

    def least_cpu_seconds(found: str | None) -> float:
        tries = []
        for _ in range(12):
            started = time.process_time()
            verified("wrong", found)
            tries.append(time.process_time() - started)
        return min(tries)

    known, unknown = least_cpu_seconds(stored), least_cpu_seconds(None)
    assert 0.5 < known / unknown < 2


def test_length_is_counted_in_characters_below_and_in_bytes_above() -> None:
    check_strength("äöüßéè", 6)
    check_strength("x" * 72, 6)
    with pytest.raises(WeakPasswordError):
        check_strength("äöüßé", 6)
    with pytest.raises(UnprocessableError, match="72"):
        check_strength("ä" * 37, 6)


@pytest.mark.parametrize("log_cost", [10, 12, 14])
def test_a_password_outlives_a_change_of_the_cost(log_cost: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "LOG_COST", log_cost)
    stored = asyncio.run(hash_password("secret"))
    monkeypatch.undo()
    assert verified("secret", stored)
    assert not verified("other", stored)
