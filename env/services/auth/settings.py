"""What the emulator is told by the environment and the workspace's .env files."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from dotenv import dotenv_values

from env.services.places import LOOPBACK, ROOT, STATE, ServiceError
from env.services.ports import USUAL, port_of, port_said
from env.variables.inventory import TIERS

LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})
ORIGINS: Final = f"http://localhost:{USUAL['web']},http://{LOOPBACK}:{USUAL['web']}"
DATABASE_ROLE: Final = "supabase_auth_admin:postgres"


class SettingsError(Exception):
    """The emulator cannot or must not start with these settings; the message is one line for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthSettings:
    database_url: str
    supabase_url: str = f"http://{LOOPBACK}:{USUAL['auth']}"
    site_url: str = f"http://localhost:{USUAL['web']}"
    mailbox_url: str = f"http://{LOOPBACK}:{USUAL['mailbox']}"
    allowed_origins: tuple[str, ...] = ()
    data_dir: Path = STATE / "auth"
    port: int = USUAL["auth"]
    autoconfirm: bool = True
    mail_interval_seconds: float = 1.0
    access_token_seconds: int = 3600
    refresh_reuse_seconds: float = 10.0
    one_time_seconds: int = 3600
    flow_state_seconds: int = 300
    minimum_password_length: int = 6

    @property
    def issuer(self) -> str:
        return f"{self.supabase_url}/auth/v1"

    @property
    def origins(self) -> list[str]:
        return sorted({origin_of(self.site_url), *self.allowed_origins})


def workspace_environment() -> dict[str, str]:
    """The .env files of the three tiers; the real environment wins."""
    values: dict[str, str] = {}
    for tier in TIERS:
        for path in tier.paths(ROOT):
            found = dotenv_values(path, encoding="utf-8")
            values |= {key: value for key, value in found.items() if value is not None}
    return values | dict(os.environ)


def settings_from(environ: Mapping[str, str]) -> AuthSettings:
    """Raises SettingsError in production and for values that cannot be meant."""
    refuse_production(environ, "auth")
    defaults = AuthSettings(database_url="")
    supabase_url = environ.get("SUPABASE_URL", defaults.supabase_url).rstrip("/")
    return AuthSettings(
        database_url=as_auth_admin(_required(environ, "DATABASE_URL")),
        supabase_url=supabase_url,
        site_url=environ.get("NEXT_PUBLIC_APP_URL", defaults.site_url).rstrip("/"),
        mailbox_url=_mailbox_url(environ),
        allowed_origins=_comma_list(environ.get("ALLOWED_ORIGINS", ORIGINS)),
        data_dir=Path(environ.get("AUTH_DATA_DIR", defaults.data_dir)),
        port=_port(environ, supabase_url),
        autoconfirm=_boolean(environ, "AUTH_AUTOCONFIRM", default=True),
        mail_interval_seconds=_seconds(environ, "AUTH_MAIL_INTERVAL_SECONDS", defaults.mail_interval_seconds),
        refresh_reuse_seconds=_seconds(environ, "AUTH_REFRESH_REUSE_SECONDS", defaults.refresh_reuse_seconds),
    )


def refuse_production(environ: Mapping[str, str], service: str) -> None:
    if environ.get("PIXCRAWLER_ENVIRONMENT", "development").strip().lower() == "production":
        raise SettingsError(f"{service}: this is an emulator for development and never runs in production")


def as_auth_admin(database_url: str) -> str:
    """The same server and database, but the role that owns the auth schema, as in a Supabase project."""
    parts = urlsplit(database_url)
    if not parts.scheme.startswith("postgresql") and parts.scheme != "postgres":
        raise SettingsError("auth: DATABASE_URL must start with postgresql://")
    server = parts.netloc.rpartition("@")[2]
    return urlunsplit(("postgresql", f"{DATABASE_ROLE}@{server}", parts.path, parts.query, ""))


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise SettingsError(f"auth: {name} is missing; `invoke dev` writes it to backend/.env")
    return value


def _port(environ: Mapping[str, str], supabase_url: str) -> int:
    # Not PORT: Honcho gives every process one of its own choosing, and clients look where SUPABASE_URL says.
    try:
        return port_said("auth", environ) or urlsplit(supabase_url).port or USUAL["auth"]
    except ServiceError as error:
        raise SettingsError(f"auth: {error}") from None
    except ValueError:
        raise SettingsError("auth: SUPABASE_URL must name a port between 1 and 65535") from None


def _mailbox_url(environ: Mapping[str, str]) -> str:
    try:
        return environ.get("MAILBOX_URL", f"http://{LOOPBACK}:{port_of('mailbox', environ)}").rstrip("/")
    except ServiceError as error:
        raise SettingsError(f"auth: {error}") from None


def _boolean(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environ.get(name, "").strip().lower()
    if text not in {"", "true", "false"}:
        raise SettingsError(f"auth: {name} must be true or false")
    return default if not text else text == "true"


def _seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name, "").strip()
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1.0
    if not 0 <= value <= 86_400:
        raise SettingsError(f"auth: {name} must be a number of seconds between 0 and 86400")
    return value


def _comma_list(text: str) -> tuple[str, ...]:
    return tuple(part.strip().rstrip("/").lower() for part in text.split(",") if part.strip())
