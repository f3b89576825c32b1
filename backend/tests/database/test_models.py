"""The mirror and its original, compared by the server's own words for them."""

from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import create_engine, text

from backend.core.settings.database import DatabaseSettings
from backend.database.models import Base
from env.services.postgres.temporary import create_database

QUERIES = {
    "columns": """
        select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text,
               pg_get_expr(d.adbin, d.adrelid), row_number() over (partition by c.oid order by a.attnum)
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
             left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'""",
    "constraints": """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace and contype <> 'n'""",
    "indexes": "select tablename, indexname, indexdef from pg_indexes where schemaname = 'public'",
}


@pytest.fixture(scope="module")
def mirror(cluster: str) -> str:
    dsn = create_database(cluster, f"mirror_{uuid4().hex}")
    engine = create_engine(DatabaseSettings.model_validate({"url": dsn}).sqlalchemy_url)
    with engine.begin() as connection:
        tables = [table for table in Base.metadata.sorted_tables if table.schema is None]
        Base.metadata.create_all(connection, tables=tables)
        connection.execute(text("select 1"))
    engine.dispose()
    return dsn


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_models_make_the_database_that_the_migrations_make(migrated: str, mirror: str, query: str):
    found = []
    for dsn in (migrated, mirror):
        with psycopg.connect(dsn) as connection:
            found.append(set(connection.execute(query.encode()).fetchall()))

    assert found[0] == found[1]
