from typing import Any, TypeAlias

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

Connection: TypeAlias = AsyncConnection[DictRow]
Pool: TypeAlias = AsyncConnectionPool[Connection]
Row: TypeAlias = dict[str, Any]


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
