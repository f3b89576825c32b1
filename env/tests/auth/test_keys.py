import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import jwt
import pytest

from env.services.auth.keys import (
    KEY_FILE,
    SigningKeyError,
    ensure_signing_key,
    is_api_key,
    jwk_set,
    mint_api_key,
)


def test_key_is_made_once_and_read_again(tmp_path: Path) -> None:
    first, second = ensure_signing_key(tmp_path / "auth"), ensure_signing_key(tmp_path / "auth")
    assert first.kid == second.kid
    assert first.private.private_numbers() == second.private.private_numbers()
    assert [path.name for path in (tmp_path / "auth").iterdir()] == [KEY_FILE]


def test_only_its_owner_reads_the_key(tmp_path: Path) -> None:
    ensure_signing_key(tmp_path)
    # Windows knows no such bits; there the folder's own rights count.
    expected = 0o666 if os.name == "nt" else 0o600
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == expected


def test_all_who_start_together_agree_on_one_key(tmp_path: Path) -> None:
    start = Barrier(16)

    def kid(_: int) -> str:
        start.wait()
        return ensure_signing_key(tmp_path).kid

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(kid, range(16)))) == 1
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


@pytest.mark.parametrize("content", ["", "{}", "[]", "no json", '{"kty": "oct", "k": "c2VjcmV0"}'])
def test_broken_key_is_named_and_kept(tmp_path: Path, content: str) -> None:
    path = tmp_path / KEY_FILE
    path.write_text(content)
    with pytest.raises(SigningKeyError, match=KEY_FILE):
        ensure_signing_key(tmp_path)
    assert path.read_text() == content


def test_public_part_alone_is_no_key(tmp_path: Path) -> None:
    key = ensure_signing_key(tmp_path / "real")
    (tmp_path / KEY_FILE).write_text(json.dumps(dict(key.public_jwk)))
    with pytest.raises(SigningKeyError):
        ensure_signing_key(tmp_path)


def test_published_set_verifies_what_the_key_signs_and_holds_no_secret(tmp_path: Path) -> None:
    key = ensure_signing_key(tmp_path)
    published = jwk_set(key)
    assert "d" not in published["keys"][0]
    token = key.sign({"sub": "x"})
    found = jwt.PyJWKSet.from_dict(published)[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, found, algorithms=["ES256"]) == {"sub": "x"}


def test_api_keys_carry_their_role_and_last_for_years(tmp_path: Path) -> None:
    key = ensure_signing_key(tmp_path)
    claims = jwt.decode(mint_api_key(key, "service_role"), key.public, algorithms=["ES256"])
    assert claims["role"] == "service_role"
    assert claims["exp"] - claims["iat"] > 9 * 365 * 86_400
    assert "sub" not in claims and "aud" not in claims


def test_api_key_is_good_for_its_role_and_its_workspace_only(tmp_path: Path) -> None:
    here, elsewhere = ensure_signing_key(tmp_path / "a"), ensure_signing_key(tmp_path / "b")
    anon = mint_api_key(here, "anon")
    assert is_api_key(here, anon) and is_api_key(here, anon, "anon")
    assert not is_api_key(here, anon, "service_role")
    assert not is_api_key(elsewhere, anon)
