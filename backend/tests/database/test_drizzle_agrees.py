"""The real drizzle-orm migrator and ours on one database, in either order."""

import subprocess
from uuid import uuid4

import psycopg
import pytest

from backend.database.migrate import migrate, read_migrations
from env.services.node import node_binary, node_environment
from env.services.places import ROOT
from env.services.postgres.temporary import create_database

SCRIPT = """
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";
const sql = postgres(process.env.POSTGRES_URL, { max: 1, onnotice: () => {} });
await migrate(drizzle(sql), { migrationsFolder: "drizzle" });
await sql.end();
"""


@pytest.fixture
def dsn(cluster: str) -> str:
    return create_database(cluster, f"drizzle_{uuid4().hex}")


def _drizzle(dsn: str) -> None:
    done = subprocess.run(
        [str(node_binary()), "--input-type=module", "--eval", SCRIPT],
        cwd=ROOT / "frontend",
        env={**node_environment(), "POSTGRES_URL": dsn},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def _ours(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        return migrate(connection, read_migrations())


def _recorded(dsn: str) -> list[tuple]:
    with psycopg.connect(dsn) as connection:
        return connection.execute("select * from drizzle.__drizzle_migrations order by id").fetchall()


def test_drizzle_finds_nothing_to_do_after_ours(dsn: str):
    assert _ours(dsn)
    before = _recorded(dsn)
    _drizzle(dsn)

    assert _recorded(dsn) == before


def test_ours_finds_nothing_to_do_after_drizzle(dsn: str):
    _drizzle(dsn)
    before = _recorded(dsn)

    assert _ours(dsn) == []
    assert [row[1:] for row in before] == [(item.hash, item.when) for item in read_migrations()]
