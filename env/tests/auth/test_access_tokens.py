"""Only this workspace's key, for this issuer and audience, in a living session, opens anything."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from env.services.auth.keys import ensure_signing_key
from env.tests.auth.conftest import PASSWORD, Running, new_email


def session_of(auth: Running) -> dict[str, Any]:
    with auth.http() as client:
        answer: dict[str, Any] = client.post(
            "/signup", json={"email": new_email(), "password": PASSWORD}
        ).json()
        return answer


def claims_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def user_answer(auth: Running, token: str) -> tuple[int, str]:
    with auth.http(token) as client:
        answer = client.get("/user")
    return answer.status_code, answer.json().get("code", "")


def test_access_token_opens_the_account(auth: Running) -> None:
    assert user_answer(auth, session_of(auth)["access_token"]) == (200, "")


def test_no_token_is_no_authorization(auth: Running) -> None:
    with auth.http() as client:
        assert client.get("/user").json()["code"] == "no_authorization"
        assert client.get("/user", headers={"Authorization": "Basic eDp5"}).status_code == 401


@pytest.mark.parametrize("change", [
    {"exp": int(time.time()) - 10}, {"iss": "http://127.0.0.1:1/auth/v1"}, {"aud": "anon"}, {"aud": None},
    {"sub": None}, {"sub": "x"}, {"session_id": None}, {"session_id": ["x"]},
])  # fmt: skip
def test_wrong_claims_are_a_bad_jwt(auth: Running, change: dict[str, Any]) -> None:
    claims = {**claims_of(session_of(auth)["access_token"]), **change}
    token = auth.key.sign({name: value for name, value in claims.items() if value is not None})
    assert user_answer(auth, token) == (403, "bad_jwt")


def test_foreign_key_is_a_bad_jwt(auth: Running, tmp_path: Path) -> None:
    token = ensure_signing_key(tmp_path).sign(claims_of(session_of(auth)["access_token"]))
    assert user_answer(auth, token) == (403, "bad_jwt")


def test_unsigned_token_is_a_bad_jwt(auth: Running) -> None:
    claims = claims_of(session_of(auth)["access_token"])
    assert user_answer(auth, jwt.encode(claims, "", algorithm="none")) == (403, "bad_jwt")


def test_public_key_as_shared_secret_is_a_bad_jwt(auth: Running) -> None:
    public = auth.key.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()).rstrip(b"=")
    claims = claims_of(session_of(auth)["access_token"])
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    digest = jwt.get_algorithm_by_name("HS256")
    signature = digest.sign(header + b"." + payload, b"x" + public)
    forged = b".".join([header, payload, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()
    assert user_answer(auth, forged) == (403, "bad_jwt")


def test_api_keys_are_no_users(auth: Running) -> None:
    assert user_answer(auth, auth.anon_key) == (403, "bad_jwt")
    assert user_answer(auth, auth.service_key) == (403, "bad_jwt")


def test_user_is_no_administrator_even_with_the_role_in_metadata(auth: Running) -> None:
    session = session_of(auth)
    with auth.http(session["access_token"]) as client:
        client.put("/user", json={"data": {"role": "service_role"}})
        assert (
            client.put("/user", json={"app_metadata": {"role": "service_role"}}).json()["code"] == "not_admin"
        )
        assert client.get("/admin/users").json()["code"] == "not_admin"


def test_token_that_claims_service_role_is_not_enough(auth: Running) -> None:
    claims = {**claims_of(session_of(auth)["access_token"]), "role": "service_role"}
    with auth.http(auth.key.sign(claims)) as client:
        assert client.get("/admin/users").json()["code"] == "not_admin"


def test_deleted_user_is_not_found(auth: Running) -> None:
    session = session_of(auth)
    with auth.admin() as admin:
        admin.delete(f"/admin/users/{session['user']['id']}")
    assert user_answer(auth, session["access_token"]) == (403, "user_not_found")
