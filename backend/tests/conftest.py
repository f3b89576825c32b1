from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from backend.database.migrate import migrate, read_migrations
from backend.storage import LocalStorage
from backend.tests.issuer import Issuer, running_issuer
from backend.tests.world import Person, Rows, World, served, settings_for
from backend.utility.logging_config import configure_logging
from env.services.postgres.temporary import create_database, temporary_cluster
from env.services.redis.temporary import temporary_redis


@pytest.fixture(scope="session", autouse=True)
def log() -> None:
    configure_logging(level="WARNING")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of this process alone, in Supabase's form and without our tables."""
    with temporary_cluster(tmp_path_factory.mktemp("api-postgres") / "data") as dsn:
        yield dsn


@pytest.fixture(scope="session")
def migrated(cluster: str) -> str:
    """A database at the newest migration. Tests share it and keep apart by their users."""
    dsn = create_database(cluster, "migrated")
    with psycopg.connect(dsn) as connection:
        migrate(connection, read_migrations())
    return dsn


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with temporary_redis() as url:
        yield url


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running:
        yield running


@pytest.fixture(scope="session")
def served_world(
    migrated: str, redis_url: str, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    storage: Path = tmp_path_factory.mktemp("storage")
    settings = settings_for(migrated, redis_url, issuer, storage)
    with served(settings) as url:
        yield World(url, issuer, Rows(migrated), LocalStorage(storage), settings)


@pytest.fixture
def world(served_world: World) -> Iterator[World]:
    yield served_world
    while served_world.clients:
        served_world.clients.pop().close()


@pytest.fixture
def ada(world: World) -> Person:
    return world.person()


@pytest.fixture
def eve(world: World) -> Person:
    """Somebody else, who should see nothing of Ada's."""
    return world.person()
