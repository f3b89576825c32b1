"""What production refuses: defaults and allowances that are only safe on a developer's machine."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from backend.core.settings.base import CommonSettings

_PLACEHOLDER = re.compile(
    r"change[-_ ]?(me|this)|placeholder|your[-_]|example|\bdummy\b|\bsecret123\b|<[^>]*>|x{6,}", re.IGNORECASE
)
# Different ones in a key. Thirty-two random hexadecimal digits have fewer once in thirty million times.
_FEWEST_CHARACTERS = 8
_DEFAULT_PASSWORDS = frozenset({"postgres", "password", "admin", "secret", "pixcrawler"})


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _secrets(settings: "CommonSettings") -> Iterator[tuple[str, str]]:
    yield "DATABASE_URL", settings.database.url.get_secret_value()
    yield "REDIS_URL", settings.redis.dsn
    yield "CELERY_BROKER_URL", settings.celery.broker_url.get_secret_value()
    yield "STORAGE_SIGNING_KEY", settings.storage.signing_key.get_secret_value()
    yield "SUPABASE_URL", settings.supabase.url
    for name, key in (
        ("SUPABASE_ANON_KEY", settings.supabase.anon_key),
        ("SUPABASE_SERVICE_ROLE_KEY", settings.supabase.service_role_key),
    ):
        if key is not None:
            yield name, key.get_secret_value()


def production_faults(settings: "CommonSettings") -> Iterator[tuple[str, str]]:
    """(variable, what is wrong and what would be right); empty when the settings are fit for production."""
    for name, value in _secrets(settings):
        if _PLACEHOLDER.search(value):
            yield name, "holds a placeholder; production needs the real value"
    if len(set(settings.storage.signing_key.get_secret_value())) < _FEWEST_CHARACTERS:
        yield "STORAGE_SIGNING_KEY", "repeats itself; production needs random characters"
    if settings.database.sqlalchemy_url.password in _DEFAULT_PASSWORDS:
        yield "DATABASE_URL", "holds a default password; production needs one of its own"
    if _is_loopback(settings.supabase.url):
        yield "SUPABASE_URL", "points to this machine; production needs a real Supabase project (https://…)"
    elif urlsplit(settings.supabase.url).scheme != "https":
        yield "SUPABASE_URL", "must start with https:// in production"
    if settings.crawler.allowed_hosts:
        yield "CRAWLER_ALLOWED_HOSTS", "must be empty in production: it opens the address guard"
    if settings.debug:
        yield "DEBUG", "must be false in production"
    if "*" in settings.allowed_origins:
        yield "ALLOWED_ORIGINS", "must list exact origins in production, not *"
    if settings.database.echo:
        yield "DATABASE_ECHO", "must be false in production: statements hold personal data"
