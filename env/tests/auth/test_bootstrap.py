"""The Supabase form of a plain PostgreSQL: what migrations and row-level security stand on."""

import json
from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from env.services.auth.settings import as_auth_admin
from env.services.postgres import create_database
from env.services.postgres.cluster import BOOTSTRAP

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture(scope="module")
def dsn(postgres_dsn: str) -> str:
    return create_database(postgres_dsn, "bootstrap_form")


@pytest.fixture
def owner(dsn: str) -> Iterator[Connection]:
    """The superuser; what a test does is rolled back."""
    with psycopg.connect(dsn) as connection:
        yield connection
        connection.rollback()


def one(connection: Connection, statement: str, *arguments: object) -> object:
    row = connection.execute(statement, arguments or None).fetchone()
    assert row
    return row[0]


def become(connection: Connection, role: str, /, **claims: object) -> None:
    connection.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps(claims)])
    connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))


def test_script_runs_twice_and_changes_nothing(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        before = one(connection, "select array_agg(relname || relacl::text order by oid)::text from pg_class")
        connection.execute(BOOTSTRAP.read_bytes())
        after = one(connection, "select array_agg(relname || relacl::text order by oid)::text from pg_class")
        assert one(connection, "select current_user::text") == "postgres"
    assert before == after


def test_script_suits_single_user_mode() -> None:
    statements = [part for part in BOOTSTRAP.read_text().split(";\n\n") if part.strip()]
    assert len(statements) > 20
    assert all("\n\n" not in statement.strip("\n") for statement in statements)


def test_roles_are_those_of_supabase(owner: Connection) -> None:
    rows = owner.execute(
        "select rolname, rolcanlogin, rolbypassrls, rolinherit, rolsuper"
        " from pg_roles where rolname = any(%s)",
        [["anon", "authenticated", "service_role", "authenticator", "supabase_auth_admin"]],
    ).fetchall()
    assert set(rows) == {
        ("anon", False, False, False, False),
        ("authenticated", False, False, False, False),
        ("service_role", False, True, False, False),
        ("authenticator", True, False, False, False),
        ("supabase_auth_admin", True, False, False, False),
    }


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_authenticator_becomes_each_role_and_is_none_itself(dsn: str, role: str) -> None:
    with psycopg.connect(dsn, user="authenticator", password="postgres") as connection:
        become(connection, role)
        assert one(connection, "select current_user::text") == role
        connection.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("set role postgres")


def test_claims_are_read_from_the_request(owner: Connection) -> None:
    user_id = uuid4()
    become(owner, "authenticated", sub=str(user_id), role="authenticated", email="a@b.test", deep={"a": 1})
    assert one(owner, "select auth.uid()") == user_id
    assert one(owner, "select auth.role()") == "authenticated"
    assert one(owner, "select auth.email()") == "a@b.test"
    assert one(owner, "select auth.jwt() -> 'deep' ->> 'a'") == "1"


@pytest.mark.parametrize("value", [None, ""])
def test_without_claims_there_is_no_user(owner: Connection, value: str | None) -> None:
    if value is not None:
        owner.execute("select set_config('request.jwt.claims', %s, true)", [value])
    assert one(owner, "select auth.uid()") is None
    assert one(owner, "select auth.role()") is None
    assert one(owner, "select auth.jwt()") is None


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
@pytest.mark.parametrize("table", ["users", "sessions", "refresh_tokens", "one_time_tokens", "flow_state"])
def test_no_api_role_reads_the_auth_tables(owner: Connection, role: str, table: str) -> None:
    become(owner, role)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute(sql.SQL("select from auth.{}").format(sql.Identifier(table)))


def test_new_tables_are_granted_and_guarded_by_row_level_security(owner: Connection) -> None:
    mine, other = uuid4(), uuid4()
    owner.execute("create table public.notes (user_id uuid)")
    owner.execute("alter table public.notes enable row level security")
    owner.execute("create policy own on public.notes using (user_id = (select auth.uid()))")
    owner.execute("insert into public.notes values (%s), (%s)", [mine, other])
    become(owner, "authenticated", sub=str(mine))
    assert owner.execute("select user_id from public.notes").fetchall() == [(mine,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege), owner.transaction():
        owner.execute("insert into public.notes values (%s)", [other])


def test_auth_admin_fires_the_triggers_of_public_and_reads_nothing_there(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "create table public.people"
            " (id uuid primary key references auth.users on delete cascade, email text)"
        )
        connection.execute(
            "create function public.add_person() returns trigger language plpgsql security definer"
            " set search_path = '' as $$ begin"
            " insert into public.people values (new.id, new.email); return new; end $$"
        )
        connection.execute("revoke execute on function public.add_person() from public")
        connection.execute(
            "create trigger add_person after insert on auth.users"
            " for each row execute function public.add_person()"
        )
        user_id: UUID = uuid4()
        with psycopg.connect(as_auth_admin(dsn), autocommit=True) as admin:
            admin.execute("insert into auth.users (id, email) values (%s, 'a@b.test')", [user_id])
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                admin.execute("select from public.people")
            assert one(connection, "select email from public.people where id = %s", user_id) == "a@b.test"
            admin.execute("delete from auth.users where id = %s", [user_id])
        assert one(connection, "select count(*) from public.people") == 0
