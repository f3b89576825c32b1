"""Fixtures that every test of the platform may use: real services, one of each per test process."""

from collections.abc import Iterator

import pytest

from env.services.postgres import create_database, temporary_cluster
from env.services.redis import temporary_redis


@pytest.fixture(scope="session")
def postgres_dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The superuser's DSN of a fresh cluster in Supabase's form."""
    with temporary_cluster(tmp_path_factory.mktemp("postgres") / "data") as dsn:
        yield dsn


@pytest.fixture(scope="session")
def database_dsn(postgres_dsn: str) -> str:
    """A database of this test process, a copy of the bootstrapped one."""
    return create_database(postgres_dsn, "tests")


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A fresh Redis, without a database number."""
    with temporary_redis() as url:
        yield url
