"""Attacks on access tokens, over the wire."""

import base64
import hashlib
import hmac
import json
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from backend.tests.world import Person, World


def _status(world: World, token: str) -> int:
    return world.client(token).get("/auth/profile").status_code


class TestProfile:
    def test_is_made_with_the_account(self, ada: Person):
        profile = ada.client.get("/auth/profile").json()

        assert (profile["id"], profile["role"], profile["full_name"]) == (str(ada.id), "user", "")

    def test_the_name_can_change_and_nothing_else(self, ada: Person):
        changed = ada.client.patch("/auth/profile", json={"full_name": " Ada Lovelace "})
        assert changed.json()["full_name"] == "Ada Lovelace"

        for body in ({"role": "admin"}, {"full_name": "A", "email": "x@test.invalid"}, {}):
            assert ada.client.patch("/auth/profile", json=body).status_code == 422
        assert ada.client.get("/auth/profile").json()["role"] == "user"

    def test_of_an_account_that_is_gone_is_not_found(self, world: World):
        client = world.client(world.issuer.token(uuid4()))

        assert client.get("/auth/profile").status_code == 404
        assert client.post("/projects", json={"name": "Birds"}).status_code == 409


class TestTokens:
    def test_without_one_the_answer_says_how(self, world: World):
        response = world.client().get("/projects")

        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize(
        "changes",
        [
            {"aud": "anon"},
            {"aud": None},
            {"iss": "https://evil.example/auth/v1"},
            {"iss": None},
            {"exp": 1_700_000_000},
            {"exp": None},
            {"exp": "soon"},
            {"sub": None},
            {"sub": "admin"},
            {"role": "anon"},
            {"role": "service_role"},
            {"role": None},
            {"nbf": 9_999_999_999},
        ],
        ids=str,
    )
    def test_claims_that_do_not_hold(self, world: World, ada: Person, changes: dict):
        token = world.issuer.token(ada.id, **changes)
        assert _status(world, token) == 401

    def test_an_unsigned_token(self, world: World, ada: Person):
        token = jwt.encode(
            world.issuer.claims(ada.id), "", algorithm="none", headers={"kid": world.issuer.key_id}
        )
        assert _status(world, token) == 401

    def test_the_public_key_as_hmac_secret(self, world: World, ada: Person):
        public = world.issuer.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        header = {"alg": "HS256", "typ": "JWT", "kid": world.issuer.key_id}
        parts = [
            base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
            for part in (header, world.issuer.claims(ada.id))
        ]
        signed = b".".join(parts)
        signature = base64.urlsafe_b64encode(hmac.digest(public, signed, hashlib.sha256)).rstrip(b"=")
        assert _status(world, (signed + b"." + signature).decode()) == 401

    def test_another_key_under_our_key_id(self, world: World, ada: Person):
        stranger = ec.generate_private_key(ec.SECP256R1())
        token = jwt.encode(
            world.issuer.claims(ada.id), stranger, algorithm="ES256", headers={"kid": world.issuer.key_id}
        )
        assert _status(world, token) == 401

    def test_a_key_in_the_header_is_not_believed(self, world: World, ada: Person):
        stranger = ec.generate_private_key(ec.SECP256R1())
        headers = {"kid": "own", "jku": "https://evil.example/keys", "jwk": {"kty": "oct", "k": "AA"}}
        token = jwt.encode(world.issuer.claims(ada.id), stranger, algorithm="ES256", headers=headers)
        assert _status(world, token) == 401

    def test_no_key_id(self, world: World, ada: Person):
        token = jwt.encode(world.issuer.claims(ada.id), world.issuer.key, algorithm="ES256")
        assert _status(world, token) == 401

    @pytest.mark.parametrize("token", ["x", "a.b.c", "." * 50, "e" * 9000])
    def test_what_is_not_a_token(self, world: World, token: str):
        assert _status(world, token) == 401

    def test_a_thousand_unknown_keys_cost_one_fetch(self, world: World, ada: Person):
        _status(world, world.issuer.token(ada.id))
        before = world.issuer.fetches
        statuses = {_status(world, world.issuer.token(ada.id, key_id=f"k{number}")) for number in range(50)}

        assert statuses == {401}
        assert world.issuer.fetches - before <= 1
