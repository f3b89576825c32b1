"""Whatever a client sends, the answer names its mistake and is never a 5xx."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from env.tests.auth.conftest import PASSWORD, Running, new_email

POSTS = ["/signup", "/otp", "/recover", "/resend", "/verify", "/logout", "/invite", "/admin/users",
         "/admin/generate_link", "/token?grant_type=password", "/token?grant_type=refresh_token",
         "/token?grant_type=pkce", "/token?grant_type=nothing", "/token"]  # fmt: skip
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "spaces": b"  \n",
    "half a document": b'{"email": "a@b.te',
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "no UTF-8": b'{"email": "\xff\xfe"}',
    "UTF-16": '{"email": "a@b.test"}'.encode("utf-16"),
    "a NUL byte": b'{"email": "a\\u0000@b.test", "password": "long enough"}',
    "half a surrogate pair": b'{"password": "long \\ud800 enough", "data": {"\\udc00": 1}}',
    "a huge exponent": b'{"email": "a@b.test", "password": "long enough", "data": {"n": 1e999}}',
    "not a number": b'{"email": "a@b.test", "password": "long enough", "data": {"n": NaN}}',
    "a long integer": b'{"data": ' + b"9" * 5000 + b"}",
    "wrong types": b'{"email": 7, "password": [], "data": "text", "token": {}, "refresh_token": 1}',
    "deep nesting": b'{"data": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "moderate nesting": b'{"email": "a@b.test", "data": ' + b'{"a":' * 100 + b"1" + b"}" * 100 + b"}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("path", POSTS)
def test_malformed_body_is_the_clients_mistake(auth: Running, path: str, body: bytes) -> None:
    with auth.admin() as client:
        answer = client.post(path, content=body)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["code"]


@pytest.mark.parametrize("path", ["/signup", "/otp", "/recover", "/resend"])
@pytest.mark.parametrize("challenge", [
    {"code_challenge": "x" * 43}, {"code_challenge_method": "s256"},
    {"code_challenge": "x", "code_challenge_method": "s256"},
    {"code_challenge": "x" * 43, "code_challenge_method": "md5"},
    {"code_challenge": "ü" * 43, "code_challenge_method": "plain"},
])  # fmt: skip
def test_odd_challenge_is_refused(auth: Running, path: str, challenge: dict[str, str]) -> None:
    body = {"email": new_email(), "password": PASSWORD, "type": "signup", **challenge}
    with auth.http() as client:
        assert client.post(path, json=body).json()["code"] == "validation_failed"


def test_metadata_must_be_an_object(auth: Running) -> None:
    with auth.http() as client:
        answer = client.post("/signup", json={"email": new_email(), "password": PASSWORD, "data": [1]})
    assert answer.json()["code"] == "validation_failed"


@pytest.mark.parametrize("path", ["/signup", "/token?grant_type=password"])
def test_huge_body_is_too_large(auth: Running, path: str) -> None:
    with auth.http() as client:
        answer = client.post(path, content=b'{"password": "' + b"x" * 2_000_000 + b'"}')
    assert answer.status_code == 413


def test_stream_without_a_length_is_counted(auth: Running) -> None:
    with auth.http() as client:
        answer = client.post("/signup", content=(b"x" * 65_536 for _ in range(64)))
    assert answer.status_code == 413


@pytest.mark.parametrize("query", [
    "token=%00&type=signup", "token=%ff&type=signup", "token=x&type=%00", "token=x", "type=signup", "",
    "token=x&type=signup&redirect_to=%00", "token=x&type=signup&redirect_to=http://[", "token=" + "x" * 4000,
    "token=x&type=recovery&redirect_to=javascript:alert(1)", "token=pkce_&type=magiclink",
])  # fmt: skip
def test_odd_link_leads_to_the_site_with_an_error(auth: Running, query: str) -> None:
    with auth.http() as client:
        answer = client.get(f"/verify?{query}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("http://localhost:3000")
    assert "error_code=" in answer.headers["location"]


@pytest.mark.parametrize(
    "user_id", ["x", "%00", "11111111-2222-4333-8444-55555555555", "' or 1=1 --", "..%2f"]
)
def test_odd_user_id_is_not_found(auth: Running, user_id: str) -> None:
    with auth.admin() as client:
        assert client.get(f"/admin/users/{user_id}").status_code == 404


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "per_page=9999999999", "page=٣", "page=1e3"]
)
def test_odd_page_is_refused(auth: Running, query: str) -> None:
    with auth.admin() as client:
        assert client.get(f"/admin/users?{query}").status_code == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ban_duration", "soon"),
        ("ban_duration", "-1h"),
        ("role", "x" * 300),
        ("email", "x"),
        ("password", "abc"),
    ],
)
def test_odd_change_by_an_administrator_is_refused(auth: Running, field: str, value: str) -> None:
    with auth.admin() as client:
        user_id = client.post("/admin/users", json={"email": new_email()}).json()["id"]
        assert 400 <= client.put(f"/admin/users/{user_id}", json={field: value}).status_code < 500


def test_unknown_paths_and_methods_are_refused_in_json(auth: Running) -> None:
    with auth.http() as client:
        assert client.get("/nothing").json()["code"] == "not_found"
        assert client.delete("/signup").status_code == 405


FIELDS = [
    *("email", "password", "phone", "data", "type", "token", "token_hash", "refresh_token", "auth_code"),
    *("code_verifier", "code_challenge", "code_challenge_method", "user_metadata", "app_metadata", "role"),
    *("create_user", "ban_duration", "redirect_to"),
]
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(POSTS),
    fields=st.dictionaries(
        st.sampled_from(FIELDS),
        json_values | st.sampled_from(["a@b.test", PASSWORD, "signup", "recovery", "s256", "x" * 43]),
    ),
)  # fmt: skip
def test_no_document_brings_the_emulator_down(auth: Running, path: str, fields: dict[str, Any]) -> None:
    with auth.admin() as client:
        assert client.post(path, content=json.dumps(fields)).status_code < 500
