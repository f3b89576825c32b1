"""What a value may be: a phrase for people and a test for machines."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Values:
    phrase: str
    accepts: Callable[[str], bool]


def one_of(*choices: str) -> Values:
    return Values(f"{', '.join(choices[:-1])} or {choices[-1]}", choices.__contains__)


def url(*schemes: str) -> Values:
    starts = " or ".join(f"{scheme}://" for scheme in schemes)
    return Values(f"an address that starts with {starts}", lambda text: _is_url(text, schemes))


def matching(pattern: str, phrase: str) -> Values:
    return Values(phrase, lambda text: re.fullmatch(pattern, text) is not None)


def list_of(each: Values, phrase: str) -> Values:
    return Values(
        phrase, lambda text: all(each.accepts(item.strip()) for item in text.split(",") if item.strip())
    )


def _api_key(kind: str, other_prefix: str, other_role: str) -> Values:
    """Supabase has two, both accepted by all of its services: taken for each other they work, or leak."""
    return Values(
        f"the {kind} API key of the Supabase project: 20 or more characters, no spaces",
        lambda text: (
            re.fullmatch(r"\S{20,}", text) is not None
            and not text.startswith(other_prefix)
            and _role_of(text) != other_role
        ),
    )


def _role_of(token: str) -> str | None:
    """What the older kind, a JWT, claims to be."""
    payload = f"{token}..".split(".")[1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return None
    return claims.get("role") if isinstance(claims, dict) else None


TEXT = matching(r".+", "any text")
PUBLIC_KEY = _api_key("public", "sb_secret_", "service_role")
SECRET_KEY = _api_key("secret", "sb_publishable_", "anon")
SIGNING_KEY = matching(r".{32,}", "at least 32 random characters")
_ORIGIN = matching(r"\*|https?://[^/\s,]+", "an origin")
_HOST_AND_PORT = matching(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.\-]+):\d{1,5}", "a host and port")
ORIGINS = list_of(_ORIGIN, "a comma list of origins like https://app.example.org, without a path")
HOSTS = list_of(_HOST_AND_PORT, "a comma list of exact host:port pairs like 127.0.0.1:54326, or nothing")


def _is_url(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname)
