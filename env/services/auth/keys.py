"""The workspace's signing key: made once, ES256, published as a JWK set."""

import base64
import hashlib
import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

ALGORITHM: Final = "ES256"
KEY_FILE: Final = "signing_key.json"
API_KEY_ISSUER: Final = "supabase"
API_KEY_SECONDS: Final = 10 * 365 * 86_400

ApiRole = Literal["anon", "service_role"]


class SigningKeyError(Exception):
    """The key file exists and does not hold a P-256 private key; it is never overwritten."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    kid: str
    private: ec.EllipticCurvePrivateKey
    public_jwk: Mapping[str, Any]

    @property
    def public(self) -> ec.EllipticCurvePublicKey:
        return self.private.public_key()

    def sign(self, claims: Mapping[str, Any]) -> str:
        return jwt.encode(dict(claims), self.private, algorithm=ALGORITHM, headers={"kid": self.kid})


def ensure_signing_key(directory: Path) -> SigningKey:
    """Reads `signing_key.json` in the directory, or makes it; safe when two processes do so at once."""
    path = directory / KEY_FILE
    if not path.exists():
        _create(path)
    return _read(path)


def mint_api_key(key: SigningKey, role: ApiRole) -> str:
    """SUPABASE_ANON_KEY or SUPABASE_SERVICE_ROLE_KEY of this workspace. It has no subject and no audience."""
    now = int(time.time())
    return key.sign({"iss": API_KEY_ISSUER, "role": role, "iat": now, "exp": now + API_KEY_SECONDS})


def is_api_key(key: SigningKey, token: str, role: ApiRole | None = None) -> bool:
    try:
        claims = jwt.decode(token, key.public, algorithms=[ALGORITHM], issuer=API_KEY_ISSUER)
    except jwt.InvalidTokenError:
        return False
    return claims.get("role") in ({role} if role else {"anon", "service_role"})


def jwk_set(key: SigningKey) -> dict[str, list[dict[str, Any]]]:
    return {"keys": [dict(key.public_jwk)]}


def _create(path: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(ECAlgorithm.to_jwk(private, as_dict=True), file)
    try:
        # A link, not a rename: whoever comes second must keep the first one's key.
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def _read(path: Path) -> SigningKey:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        private = ECAlgorithm.from_jwk(stored if isinstance(stored, dict) else {})
    except (ValueError, jwt.InvalidKeyError) as error:
        raise SigningKeyError(
            f"auth: {path} is not a JWK; delete it and the SUPABASE keys in .env"
        ) from error
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise SigningKeyError(f"auth: {path} holds no P-256 private key")
    public = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    kid = _thumbprint(public)
    published = {**public, "kid": kid, "alg": ALGORITHM, "use": "sig", "key_ops": ["verify"]}
    return SigningKey(kid=kid, private=private, public_jwk=published)


def _thumbprint(jwk: Mapping[str, Any]) -> str:
    """RFC 7638."""
    canonical = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=").decode()
