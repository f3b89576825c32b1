"""Every variable of the three tiers. What isn't here has no place in a .env file."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from env.variables import values
from env.variables.values import Values


@dataclass(frozen=True, slots=True)
class Variable:
    """`example` is what the example file shows and, without a generator, what development starts with."""

    name: str
    purpose: str
    values: Values
    example: str = ""
    required: bool = True
    secret: bool = False
    generate: Callable[[], str] | None = None
    api_key: Literal["anon", "service_role"] | None = None
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class Tier:
    name: str
    file: str
    about: str
    variables: tuple[Variable, ...]

    @property
    def example_file(self) -> str:
        return f"{self.file}.example"

    @property
    def files(self) -> tuple[str, str]:
        """The second is this machine's alone and wins."""
        return self.file, f"{self.file}.local"

    def path(self, root: Path) -> Path:
        return root / self.file

    def paths(self, root: Path) -> tuple[Path, ...]:
        return tuple(root / file for file in self.files)


_HTTP = values.url("http", "https")
_POSTGRES = values.url("postgresql", "postgres")
_REDIS = values.url("redis", "rediss", "unix")


def _signing_key() -> str:
    return secrets.token_urlsafe(48)


ROOT_TIER = Tier(
    "root",
    ".env",
    "Shared by every part of PixCrawler.",
    (
        Variable(
            "PIXCRAWLER_ENVIRONMENT",
            "Which rules apply.",
            values.one_of("development", "test", "production"),
            "development",
        ),
        Variable(
            "SUPABASE_URL",
            "The Supabase project; in development the local emulator of its Auth.",
            _HTTP,
            "http://127.0.0.1:54321",
        ),
        Variable(
            "SUPABASE_ANON_KEY",
            "Public key of the Supabase project. A real one is on its dashboard under Settings, API keys.",
            values.PUBLIC_KEY,
            api_key="anon",
        ),
        Variable(
            "SUPABASE_SERVICE_ROLE_KEY",
            "Key that passes every row policy. Backend only; from the same page of the dashboard.",
            values.SECRET_KEY,
            secret=True,
            api_key="service_role",
        ),
        Variable(
            "LOG_LEVEL",
            "The least severe messages that are written.",
            values.one_of("DEBUG", "INFO", "WARNING", "ERROR"),
            "INFO",
            required=False,
        ),
    ),
)

BACKEND_TIER = Tier(
    "backend",
    "backend/.env",
    "Read by the API, the workers and the migrations, after the .env of the folder above.",
    (
        Variable(
            "DATABASE_URL",
            "PostgreSQL, as the owner of the tables.",
            _POSTGRES,
            "postgresql://postgres:postgres@127.0.0.1:54322/postgres",
            secret=True,
        ),
        Variable(
            "REDIS_URL",
            "Redis for heartbeats and shared facts.",
            _REDIS,
            "redis://127.0.0.1:56379/0",
            secret=True,
        ),
        Variable(
            "CELERY_BROKER_URL",
            "Redis that carries task hints; another database than REDIS_URL.",
            _REDIS,
            "redis://127.0.0.1:56379/2",
            secret=True,
        ),
        Variable(
            "STORAGE_PROVIDER",
            "Where images and exports are kept.",
            values.matching("local", "local"),
            "local",
            required=False,
        ),
        Variable(
            "STORAGE_LOCAL_PATH",
            "Folder of the local provider, relative to the project.",
            values.matching(r".+", "a path"),
            ".dev/storage",
            required=False,
        ),
        Variable(
            "STORAGE_SIGNING_KEY",
            "Signs the addresses of thumbnails and downloads.",
            values.SIGNING_KEY,
            secret=True,
            generate=_signing_key,
        ),
        Variable(
            "ALLOWED_ORIGINS",
            "Which web apps may call the API from a browser.",
            values.ORIGINS,
            "http://localhost:3000,http://127.0.0.1:3000",
            required=False,
        ),
        Variable(
            "CRAWLER_ALLOWED_HOSTS",
            "Private addresses the crawler may visit all the same. Must be empty in production.",
            values.HOSTS,
            required=False,
        ),
        Variable(
            "CRAWLER_USER_AGENT",
            "How the crawler introduces itself to the sites it visits.",
            values.matching(r"[\x20-\x7e]{1,256}", "up to 256 printable ASCII characters"),
            "PixCrawler/0.1 (+https://github.com/pixcrawler)",
            required=False,
        ),
    ),
)

FRONTEND_TIER = Tier(
    "frontend",
    "frontend/.env",
    "Read by Next. What starts with NEXT_PUBLIC_ ends in every visitor's browser. Of Next's other files, "
    "like .env.development, the rest of PixCrawler knows nothing.",
    (
        Variable(
            "NEXT_PUBLIC_SUPABASE_URL",
            "The Supabase project.",
            _HTTP,
            "http://127.0.0.1:54321",
            same_as="SUPABASE_URL",
        ),
        Variable(
            "NEXT_PUBLIC_SUPABASE_ANON_KEY",
            "Public key of the Supabase project.",
            values.PUBLIC_KEY,
            same_as="SUPABASE_ANON_KEY",
        ),
        Variable(
            "NEXT_PUBLIC_API_URL",
            "Origin of the PixCrawler API, without /api/v1.",
            _HTTP,
            "http://localhost:8000",
        ),
        Variable(
            "NEXT_PUBLIC_APP_URL",
            "Origin under which people open the app.",
            _HTTP,
            "http://localhost:3000",
        ),
        Variable(
            "POSTGRES_URL",
            "PostgreSQL for reading pages, as a role that row policies bind.",
            _POSTGRES,
            "postgresql://authenticator:postgres@127.0.0.1:54322/postgres",
            secret=True,
        ),
    ),
)

TIERS = (ROOT_TIER, BACKEND_TIER, FRONTEND_TIER)
VARIABLES = {variable.name: variable for tier in TIERS for variable in tier.variables}
