"""A token issuer of our own: ES256 keys behind a real HTTP server, and every way to forge a token."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm


def public_jwk(key: ec.EllipticCurvePrivateKey, key_id: str) -> dict[str, Any]:
    return {
        **ECAlgorithm.to_jwk(key.public_key(), as_dict=True),
        "kid": key_id,
        "alg": "ES256",
        "use": "sig",
    }


@dataclass
class Issuer:
    url: str
    key: ec.EllipticCurvePrivateKey
    key_id: str = "test-key"
    fetches: int = 0
    is_away: bool = False
    keys: list[dict[str, Any]] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return f"{self.url}/auth/v1"

    def claims(self, user_id: UUID, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "authenticated",
            "sub": str(user_id),
            "role": "authenticated",
            "email": f"{user_id}@test.invalid",
            "iat": now,
            "exp": now + 3600,
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, user_id: UUID, *, key_id: str | None = None, **changes: Any) -> str:
        headers = {"kid": key_id or self.key_id}
        return jwt.encode(self.claims(user_id, **changes), self.key, algorithm="ES256", headers=headers)


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    key = ec.generate_private_key(ec.SECP256R1())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.fetches += 1
            is_known = self.path == "/auth/v1/.well-known/jwks.json" and not issuer.is_away
            body = json.dumps({"keys": issuer.keys}).encode() if is_known else b"{}"
            self.send_response(200 if is_known else 503)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_address[1]}", key)
    issuer.keys.append(public_jwk(key, issuer.key_id))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
