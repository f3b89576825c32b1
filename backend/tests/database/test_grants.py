"""What the roles of the browser may touch: their own rows to read, and nothing else."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

READABLE = {"profiles", "projects", "crawl_jobs", "job_chunks", "crawl_urls", "images", "exports"}
HIDDEN = {"outbox"}


@pytest.fixture
def connection(migrated: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(migrated) as opened:
        yield opened
        opened.rollback()


@pytest.fixture
def owner(connection: psycopg.Connection) -> UUID:
    """Somebody with a row in every table."""
    user, ids = uuid4(), {}
    connection.execute("insert into auth.users (id, email) values (%s, %s)", [user, f"{user}@test.invalid"])

    def insert(table: str, **columns: object) -> None:
        statement = sql.SQL("insert into {} ({}) values ({}) returning id").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(sql.Placeholder() * len(columns)),
        )
        (ids[table],) = connection.execute(statement, list(columns.values())).fetchone() or (None,)

    insert("projects", user_id=user, name="Birds")
    project = {"project_id": ids["projects"], "user_id": user}
    insert("crawl_jobs", **project, name="Robins", source_type="url_list", sources=["https://a.example/"])
    insert("job_chunks", crawl_job_id=ids["crawl_jobs"], seq=0, kind="fetch")
    insert("crawl_urls", crawl_job_id=ids["crawl_jobs"], kind="image", url="https://a.example/")
    facts = {"phash": 1, "width": 1, "height": 1, "format": "png", "bytes": 1, "fetched_at": "now"}
    insert("images", **project, sha256="0" * 64, source_url="https://a.example/", **facts)
    insert("exports", **project, version=1, format="imagefolder")
    insert("outbox", task="build_export", payload="{}")
    return user


def _act_as(connection: psycopg.Connection, role: str, user: UUID | None = None) -> None:
    connection.execute("select set_config('role', %s, true)", [role])
    if user:
        claims = f'{{"sub": "{user}", "role": "{role}"}}'
        connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])


def _count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
    assert row
    return row[0]


def _is_refused(connection: psycopg.Connection, statement: str) -> bool:
    try:
        with connection.transaction():
            connection.execute(statement.encode())
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


def test_every_table_is_judged_here_and_has_row_security(connection: psycopg.Connection):
    rows = connection.execute(
        "select relname, relrowsecurity from pg_class"
        " where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')"
    ).fetchall()
    assert {name for name, _ in rows} == READABLE | HIDDEN
    assert all(is_on for _, is_on in rows)


def test_a_signed_in_user_reads_their_own_rows_without_a_where(connection: psycopg.Connection, owner: UUID):
    _act_as(connection, "authenticated", owner)
    assert {table: _count(connection, table) for table in READABLE} == dict.fromkeys(READABLE, 1)


@pytest.mark.parametrize("user", [uuid4(), None])
def test_anybody_else_reads_nothing(connection: psycopg.Connection, owner: UUID, user: UUID | None):
    _act_as(connection, "authenticated", user)
    assert {table: _count(connection, table) for table in READABLE} == dict.fromkeys(READABLE, 0)


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_nobody_writes(connection: psycopg.Connection, owner: UUID, role: str):
    _act_as(connection, role, owner)
    for table in READABLE | HIDDEN:
        for statement in (
            f"insert into {table} default values",
            f"update {table} set created_at = now()",  # noqa: S608
            f"delete from {table}",  # noqa: S608
            f"truncate {table}",
            f"alter table {table} disable row level security",
        ):
            assert _is_refused(connection, statement), statement
    for table in HIDDEN if role == "authenticated" else READABLE | HIDDEN:
        assert _is_refused(connection, f"select from {table}"), table
    for statement in ("select * from drizzle.__drizzle_migrations", "create table mine (id int)"):
        assert _is_refused(connection, statement), statement


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_nobody_draws_a_number_or_sets_one_back(connection: psycopg.Connection, role: str):
    sequences = connection.execute(
        "select oid::regclass::text from pg_class"
        " where relnamespace = 'public'::regnamespace and relkind = 'S'"
    ).fetchall()
    assert sequences
    _act_as(connection, role)
    for (sequence,) in sequences:
        for call in (f"nextval('{sequence}')", f"setval('{sequence}', 1)"):
            assert _is_refused(connection, f"select {call}"), call


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_nobody_calls_our_functions(connection: psycopg.Connection, role: str):
    callable_by_role = connection.execute(
        "select proname from pg_proc where pronamespace = 'public'::regnamespace"
        " and has_function_privilege(%s, oid, 'execute')",
        [role],
    )
    assert callable_by_role.fetchall() == []


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_what_comes_later_is_not_given_away(connection: psycopg.Connection, role: str):
    connection.execute("create table later (id int)")
    connection.execute("create sequence later_number")
    _act_as(connection, role)
    assert _is_refused(connection, "select from later")
    assert _is_refused(connection, "select nextval('later_number')")
