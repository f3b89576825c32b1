import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from backend.core.settings.database import DatabaseSettings
from backend.database.models import Profile, Project
from backend.database.session import Database, create_worker_engine, worker_sessions


def _settings(dsn: str) -> DatabaseSettings:
    return DatabaseSettings.model_validate({"url": dsn, "pool_size": 2, "max_overflow": 0})


def _run(dsn: str, work: Callable[[Database], Awaitable[None]]) -> None:
    async def run() -> None:
        database = Database.connect(_settings(dsn))
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(run())


def test_a_read_session_cannot_write(migrated: str):
    async def work(database: Database) -> None:
        async with database.reading() as session:
            session.add(Project(user_id=uuid4(), name="Birds"))
            with pytest.raises(RuntimeError, match="take a WriteSession"):
                await session.flush()

    _run(migrated, work)


def test_a_read_session_opens_no_transaction(migrated: str):
    async def work(database: Database) -> None:
        async with database.reading() as session:
            instants = [await session.scalar(text("select now()")) for _ in range(2)]
        assert instants[0] != instants[1]

    _run(migrated, work)


def test_a_transaction_is_kept_whole_or_not_at_all(migrated: str):
    name = f"half {uuid4()}"

    async def work(database: Database) -> None:
        with pytest.raises(ZeroDivisionError):
            async with database.transaction() as session:
                user_id = uuid4()
                await session.execute(
                    text("insert into auth.users (id, email) values (:id, '')"), {"id": user_id}
                )
                session.add(Project(user_id=user_id, name=name))
                await session.flush()
                raise ZeroDivisionError
        async with database.reading() as session:
            assert await session.scalar(select(Project.id).where(Project.name == name)) is None

    _run(migrated, work)


def test_a_failed_statement_does_not_print_its_values(migrated: str):
    async def work(database: Database) -> None:
        async with database.reading() as session:
            with pytest.raises(DBAPIError) as caught:
                await session.execute(text("select cast(:value as int)"), {"value": "c4n4ry"})
        assert "c4n4ry" not in str(caught.value).partition("invalid input")[0]
        assert "[parameters" not in str(caught.value) or "hidden" in str(caught.value)

    _run(migrated, work)


def test_a_pool_heals_after_the_server_cut_it(migrated: str):
    async def work(database: Database) -> None:
        async with database.reading() as session:
            pid = await session.scalar(text("select pg_backend_pid()"))
        with psycopg.connect(migrated, autocommit=True) as killer:
            killer.execute("select pg_terminate_backend(%s)", [pid])
        async with database.reading() as session:
            assert await session.scalar(text("select 1")) == 1

    _run(migrated, work)


def test_what_the_database_fills_in_comes_back_with_the_insert(migrated: str):
    engine = create_worker_engine(_settings(migrated))
    with worker_sessions(engine).begin() as session:
        user_id = uuid4()
        session.execute(
            text("insert into auth.users (id, email) values (:id, 'a@test.invalid')"), {"id": user_id}
        )
        profile = session.get_one(Profile, user_id)
        earlier = profile.updated_at
        profile.full_name = "Ada"
        session.flush()
        assert profile.role == "user"
        assert profile.updated_at == earlier
    engine.dispose()


def test_supavisors_transaction_pooler_gets_no_prepared_statements():
    settings = DatabaseSettings.model_validate({"url": "postgresql://u:p@pooler.example.org:6543/postgres"})
    assert settings.connect_args["prepare_threshold"] is None
