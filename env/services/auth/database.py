from typing import Any, Final, TypeAlias

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

Connection: TypeAlias = AsyncConnection[DictRow]
Pool: TypeAlias = AsyncConnectionPool[Connection]
Row: TypeAlias = dict[str, Any]

# Not to_regclass: it needs rights on the schema.
_PROFILES: Final = (
    "select from pg_class join pg_namespace on pg_namespace.oid = relnamespace"
    " where nspname = 'public' and relname = 'profiles'"
)


def create_pool(database_url: str) -> Pool:
    """Closed until opened. What is done with a connection taken from it is one transaction."""
    return AsyncConnectionPool(
        database_url,
        min_size=1,
        max_size=8,
        timeout=10,
        open=False,
        kwargs={"row_factory": dict_row, "application_name": "auth emulator", "connect_timeout": 5},
        check=AsyncConnectionPool.check_connection,
    )


def why_not_migrated(database_url: str) -> str | None:
    """None when it is: before that, a new user would stay without the profile that a trigger makes."""
    try:
        with psycopg.connect(database_url, connect_timeout=5, application_name="auth emulator") as connection:
            is_migrated = connection.execute(_PROFILES).fetchone() is not None
    except psycopg.OperationalError as error:
        return str(error).strip().splitlines()[0]
    return None if is_migrated else "its migrations are not applied yet"
