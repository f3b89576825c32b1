import hashlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from backend.core.settings.database import DatabaseSettings
from backend.database.migrate import (
    MIGRATIONS,
    Migration,
    MigrationError,
    migrate,
    read_migrations,
    wait_for_database,
)
from env.services.places import free_port
from env.services.postgres.temporary import create_database

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def empty(cluster: str) -> str:
    return create_database(cluster, f"empty_{uuid4().hex}")


@pytest.fixture
def connection(empty: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(empty) as opened:
        yield opened


def _recorded(connection: psycopg.Connection) -> list[tuple]:
    return connection.execute(
        "select hash, created_at from drizzle.__drizzle_migrations order by id"
    ).fetchall()


def test_records_what_drizzle_would(connection: psycopg.Connection):
    migrate(connection, read_migrations())

    journal = json.loads((MIGRATIONS / "meta" / "_journal.json").read_text())
    expected = [
        (hashlib.sha256((MIGRATIONS / f"{entry['tag']}.sql").read_bytes()).hexdigest(), entry["when"])
        for entry in journal["entries"]
    ]
    assert _recorded(connection) == expected
    columns = connection.execute(
        "select column_name, data_type, is_nullable from information_schema.columns"
        " where table_schema = 'drizzle' order by ordinal_position"
    ).fetchall()
    assert columns == [("id", "integer", "NO"), ("hash", "text", "NO"), ("created_at", "bigint", "YES")]


def test_a_second_run_changes_nothing(connection: psycopg.Connection):
    assert migrate(connection, read_migrations())
    before = _recorded(connection)

    assert migrate(connection, read_migrations()) == []
    assert _recorded(connection) == before


def test_goes_on_where_drizzle_left_off(connection: psycopg.Connection):
    first = Migration("0000_first", 1_000, "create table first (id int);")
    second = Migration("0001_second", 2_000, "create table second (id int);")
    connection.execute("create schema drizzle")
    connection.execute(
        "create table drizzle.__drizzle_migrations"
        " (id serial primary key, hash text not null, created_at bigint)"
    )
    connection.execute(
        "insert into drizzle.__drizzle_migrations (hash, created_at) values (%s, 1000)", [first.hash]
    )
    connection.commit()

    assert migrate(connection, [first, second]) == ["0001_second"]


def test_a_mistake_leaves_the_database_as_it_was(connection: psycopg.Connection):
    good = Migration("0000_good", 1_000, "create table good (id int);")
    bad = Migration(
        "0001_bad", 2_000, "create table half (id int);--> statement-breakpoint\nselect * from nowhere;"
    )

    with pytest.raises(MigrationError, match=r"0001_bad\.sql, statement 2 \(select \* from nowhere;\)"):
        migrate(connection, [good, bad])

    found = connection.execute("select to_regclass('good'), to_regclass('half'), to_regnamespace('drizzle')")
    assert found.fetchone() == (None, None, None)


def test_a_percent_sign_is_only_that(connection: psycopg.Connection):
    migrate(connection, [Migration("0000_percent", 1, "create table t as select '100%s' as share;")])
    assert connection.execute("select share from t").fetchone() == ("100%s",)


def test_two_at_once_apply_everything_once(empty: str):
    slow = Migration(
        "0000_slow", 1, "select pg_sleep(0.3);--> statement-breakpoint\ncreate table once (id int);"
    )
    results: list[list[str]] = []

    def run() -> None:
        with psycopg.connect(empty) as opened:
            results.append(migrate(opened, [slow]))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == [[], [], [], ["0000_slow"]]


def test_missing_files_are_named(tmp_path: Path):
    with pytest.raises(MigrationError, match=r"_journal\.json"):
        read_migrations(tmp_path)


class TestWaiting:
    @pytest.mark.parametrize("path", ["postgres:wrongword@", "nobody:x@"])
    def test_a_wrong_password_fails_at_once_and_stays_secret(self, cluster: str, path: str):
        started = time.monotonic()
        with pytest.raises(MigrationError, match="DATABASE_URL") as caught:
            wait_for_database(_settings(cluster.replace("postgres:postgres@", path)), 30)

        assert time.monotonic() - started < 5
        assert "wrongword" not in str(caught.value)

    def test_a_missing_database_fails_at_once(self, cluster: str):
        started = time.monotonic()
        with pytest.raises(MigrationError, match="does not exist"):
            wait_for_database(_settings(cluster.rpartition("/")[0] + "/nowhere"), 30)
        assert time.monotonic() - started < 5

    def test_a_server_that_is_away_is_waited_for(self):
        started = time.monotonic()
        with pytest.raises(MigrationError, match="no database at 127"):
            wait_for_database(_settings(f"postgresql://a:b@127.0.0.1:{free_port()}/x"), 0.5)
        assert time.monotonic() - started >= 0.5


def test_the_command_says_what_it_did(empty: str):
    done = _command(empty)
    assert done.returncode == 0, done.stderr
    assert read_migrations()[-1].tag in done.stderr


def test_a_role_that_may_not_is_one_line(empty: str):
    with psycopg.connect(empty) as connection:
        connection.execute("create role visitor login password 'visitor'")
    done = _command(empty.replace("postgres:postgres@", "visitor:visitor@"))
    assert done.returncode == 1
    assert "permission denied" in done.stderr
    assert "Traceback" not in done.stderr


def _command(dsn: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "DATABASE_URL": dsn,
        "SUPABASE_URL": "http://127.0.0.1:1",
        "STORAGE_SIGNING_KEY": "k" * 40,
        "PIXCRAWLER_ENVIRONMENT": "test",
    }
    return subprocess.run(
        [sys.executable, "-m", "backend.database.migrate"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _settings(dsn: str) -> DatabaseSettings:
    return DatabaseSettings.model_validate({"url": dsn})
