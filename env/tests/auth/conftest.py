import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from env.services.auth.app import create_app
from env.services.auth.keys import SigningKey, ensure_signing_key, mint_api_key
from env.services.auth.settings import AuthSettings, as_auth_admin
from env.services.mailbox.app import create_app as create_mailbox
from env.tests.auth.mails import Mailbox
from env.tests.auth.serving import bound_socket, serve

SITE = "http://localhost:3000"
# Spares every client the reading of the certificate store; nothing here speaks TLS.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Running:
    """An emulator that answers over HTTP, and what a test needs to talk to it."""

    url: str
    key: SigningKey
    mailbox: Mailbox
    database_dsn: str

    @property
    def anon_key(self) -> str:
        return mint_api_key(self.key, "anon")

    @property
    def service_key(self) -> str:
        return mint_api_key(self.key, "service_role")

    def http(self, token: str | None = None, **headers: str) -> httpx.Client:
        sent = {"apikey": self.anon_key, "X-Supabase-Api-Version": "2024-01-01", **headers}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        return httpx.Client(base_url=f"{self.url}/auth/v1", headers=sent, timeout=10, verify=NO_TLS)

    def admin(self) -> httpx.Client:
        return self.http(self.service_key, apikey=self.service_key)


def new_email() -> str:
    return f"person-{uuid4().hex[:12]}@example.test"


@pytest.fixture(scope="session")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    listener, url = bound_socket()
    with serve(create_mailbox(tmp_path_factory.mktemp("mailbox")), listener):
        yield Mailbox(url)


@pytest.fixture(scope="session")
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return ensure_signing_key(tmp_path_factory.mktemp("keys"))


@contextlib.contextmanager
def running(
    dsn: str, key: SigningKey, mailbox: Mailbox, directory: Path, **changes: object
) -> Iterator[Running]:
    listener, url = bound_socket()
    settings = AuthSettings(
        database_url=as_auth_admin(dsn), supabase_url=url, site_url=SITE, mailbox_url=mailbox.url,
        data_dir=directory, **{"mail_interval_seconds": 0.0, **changes},  # type: ignore[arg-type]
    )  # fmt: skip
    with serve(create_app(settings, key), listener):
        yield Running(url, key, mailbox, dsn)


@pytest.fixture(scope="session")
def auth(
    database_dsn: str, signing_key: SigningKey, mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A newcomer is signed in at once, as in development."""
    with running(database_dsn, signing_key, mailbox, tmp_path_factory.mktemp("auth")) as found:
        yield found


@pytest.fixture(scope="session")
def confirming_auth(
    database_dsn: str, signing_key: SigningKey, mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A newcomer must follow the mailed link first; a spent refresh token is good for 0.3 s."""
    with running(
        database_dsn, signing_key, mailbox, tmp_path_factory.mktemp("confirming"),
        autoconfirm=False, refresh_reuse_seconds=0.3,
    ) as found:  # fmt: skip
        yield found
