"""Applies frontend/drizzle as drizzle-orm's migrator does, with the same bookkeeping: either can go on.

`python -m backend.database.migrate` waits for the database, then applies what is missing in one transaction.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_exponential_jitter

from backend.core.settings import settings_or_exit
from backend.core.settings.database import DatabaseSettings
from backend.utility.logging_config import configure_logging, get_logger

log = get_logger("backend.database.migrate")

MIGRATIONS = Path(__file__).resolve().parents[2] / "frontend" / "drizzle"
_BREAKPOINT = "--> statement-breakpoint"
_WAIT_SECONDS = 60
# Any constant will do; this one spells "pixc".
_LOCK = 0x70697863
# Wrong password, no such role, no such database: waiting does not mend them.
_PERMANENT = ("28P01", "28000", "3D000")
_PERMANENT_WORDS = ("password authentication failed", "does not exist", "no pg_hba.conf entry")


class MigrationError(Exception):
    """Says which file and statement failed; the database is as it was."""


@dataclass(frozen=True, slots=True)
class Migration:
    tag: str
    when: int
    sql: str

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def statements(self) -> list[str]:
        return [part for part in self.sql.split(_BREAKPOINT) if part.strip()]


def read_migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    journal = folder / "meta" / "_journal.json"
    try:
        entries = json.loads(journal.read_text("utf-8"))["entries"]
        return [
            # Bytes: the hash is of the file's bytes, as drizzle reads them.
            Migration(entry["tag"], entry["when"], (folder / f"{entry['tag']}.sql").read_bytes().decode())
            for entry in entries
        ]
    except (OSError, ValueError, KeyError) as error:
        raise MigrationError(f"cannot read the migrations of {folder}: {error}") from error


def _may_heal(error: BaseException) -> bool:
    if not isinstance(error, psycopg.OperationalError) or error.sqlstate in _PERMANENT:
        return False
    return not any(words in str(error) for words in _PERMANENT_WORDS)


def wait_for_database(settings: DatabaseSettings, seconds: float = _WAIT_SECONDS) -> psycopg.Connection:
    """Returns an open connection; raises MigrationError when the database stays away or refuses."""
    retrying = Retrying(
        retry=retry_if_exception(_may_heal),
        wait=wait_exponential_jitter(multiplier=0.1, max=1, jitter=0.1),
        stop=stop_after_delay(seconds),
        reraise=True,
    )
    try:
        return retrying(
            psycopg.connect, settings.dsn, connect_timeout=5, application_name="pixcrawler-migrate"
        )
    except psycopg.OperationalError as error:
        url = settings.sqlalchemy_url
        where = f"{url.host}:{url.port or 5432}/{url.database}"
        raise MigrationError(f"no database at {where} (DATABASE_URL): {str(error).strip()}") from error


def migrate(connection: psycopg.Connection, migrations: Sequence[Migration]) -> list[str]:
    """Applies what is newer than the last recorded migration, all or nothing; returns the tags."""
    with connection.transaction():
        # Held to the end of the transaction: a second migrator waits, then finds nothing to do.
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        last = _prepare_bookkeeping(connection)
        pending = [migration for migration in migrations if last is None or migration.when > last]
        for migration in pending:
            _apply(connection, migration)
    return [migration.tag for migration in pending]


def _prepare_bookkeeping(connection: psycopg.Connection) -> int | None:
    connection.execute("create schema if not exists drizzle")
    connection.execute(
        "create table if not exists drizzle.__drizzle_migrations"
        " (id serial primary key, hash text not null, created_at bigint)"
    )
    row = connection.execute(
        "select created_at from drizzle.__drizzle_migrations order by created_at desc limit 1"
    ).fetchone()
    return int(row[0]) if row else None


def _apply(connection: psycopg.Connection, migration: Migration) -> None:
    for number, statement in enumerate(migration.statements, start=1):
        try:
            # Bytes, because psycopg takes a plain str only when it is a literal.
            connection.execute(statement.encode())
        except psycopg.Error as error:
            first_line = statement.strip().splitlines()[0]
            raise MigrationError(
                f"{migration.tag}.sql, statement {number} ({first_line}): {str(error).strip()}"
            ) from error
    connection.execute(
        "insert into drizzle.__drizzle_migrations (hash, created_at) values (%s, %s)",
        [migration.hash, migration.when],
    )


def main() -> int:
    settings = settings_or_exit()
    configure_logging(level=settings.log_level, json=settings.is_production)
    try:
        migrations = read_migrations()
        with wait_for_database(settings.database) as connection:
            applied = migrate(connection, migrations)
    except (MigrationError, psycopg.Error) as error:
        log.error("migration failed; the database is as it was", reason=str(error))  # noqa: TRY400
        return 1
    log.info("database is at the newest migration", applied=applied, newest=migrations[-1].tag)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
