from pathlib import Path

import pytest

from env.services.auth.redirects import allowed
from env.services.auth.settings import AuthSettings, SettingsError, as_auth_admin, settings_from

DSN = "postgresql://postgres:postgres@127.0.0.1:54322/postgres"


def test_defaults_are_those_of_the_workspace() -> None:
    settings = settings_from({"DATABASE_URL": DSN})
    assert settings.issuer == "http://127.0.0.1:54321/auth/v1"
    assert settings.port == 54321
    assert settings.autoconfirm
    assert settings.origins == ["http://127.0.0.1:3000", "http://localhost:3000"]


def test_mails_go_where_the_mailbox_of_the_same_run_listens() -> None:
    moved = {"DATABASE_URL": DSN, "MAILBOX_PORT": "20004"}
    assert settings_from(moved).mailbox_url == "http://127.0.0.1:20004"
    assert settings_from({**moved, "MAILBOX_URL": "http://127.0.0.1:6/"}).mailbox_url == "http://127.0.0.1:6"


def test_port_follows_the_url_that_clients_use_unless_it_is_set() -> None:
    moved = {"DATABASE_URL": DSN, "SUPABASE_URL": "http://127.0.0.1:6000/"}
    assert settings_from(moved).port == 6000
    assert settings_from({**moved, "AUTH_PORT": "6001"}).port == 6001
    # Honcho sets PORT for every process; it does not say where clients look.
    assert settings_from({**moved, "PORT": "5000"}).port == 6000


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (DSN, "postgresql://supabase_auth_admin:postgres@127.0.0.1:54322/postgres"),
        ("postgresql+psycopg://u:p%40@db:1/x", "postgresql://supabase_auth_admin:postgres@db:1/x"),
        ("postgres://db/x?sslmode=disable", "postgresql://supabase_auth_admin:postgres@db/x?sslmode=disable"),
    ],
)
def test_database_is_entered_as_the_owner_of_auth(given: str, expected: str) -> None:
    assert as_auth_admin(given) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PIXCRAWLER_ENVIRONMENT", "production"),
        ("PIXCRAWLER_ENVIRONMENT", " Production "),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "mysql://x/y"),
        ("AUTH_AUTOCONFIRM", "perhaps"),
        ("AUTH_PORT", "70000"),
        ("AUTH_PORT", "x"),
        ("AUTH_MAIL_INTERVAL_SECONDS", "-1"),
        ("AUTH_MAIL_INTERVAL_SECONDS", "nan"),
        ("AUTH_REFRESH_REUSE_SECONDS", "soon"),
    ],
)
def test_value_that_cannot_be_meant_is_refused_in_one_line(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_from({"DATABASE_URL": DSN, name: value})
    assert str(caught.value).startswith("auth: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", [
    "http://localhost:3000", "http://localhost:3000/", "http://localhost:3000/a?b=c#d", "HTTP://LOCALHOST:3000/a",
])  # fmt: skip
def test_links_may_lead_to_the_site(url: str) -> None:
    assert allowed(AuthSettings(database_url=DSN), url)


@pytest.mark.parametrize("url", [
    "", "/a", "//localhost:3000", "http://localhost", "https://localhost:3000", "http://localhost:3001",
    "http://localhost:3000@evil.test", "http://user@localhost:3000/", "http://localhost:3000.evil.test/",
    "http://localhost:3000\\@evil.test", "http:\\\\localhost:3000", "javascript://localhost:3000/%0aalert(1)",
    "http://localhost:3000\t/", " http://localhost:3000", "http://[localhost:3000", "http://localhost:x/",
    "data:text/html,x", "http://127.0.0.1:3000/",
])  # fmt: skip
def test_links_lead_nowhere_else(url: str) -> None:
    assert not allowed(AuthSettings(database_url=DSN, data_dir=Path()), url)
