from typing import Self

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError


class Listener:
    """Waits for a notification, at most so long. A hint only: what it misses, the next poll finds."""

    def __init__(self, database: Engine, channel: str) -> None:
        self._database = database
        self._channel = channel
        self._connection: Connection | None = None

    def wait(self, seconds: float) -> None:
        """Raises when the database is away; the next call connects again."""
        try:
            raw = (self._connection or self._connect()).connection.driver_connection
            assert isinstance(raw, psycopg.Connection)  # noqa: S101
            for _ in raw.notifies(timeout=seconds, stop_after=1):
                return
        except (psycopg.Error, SQLAlchemyError):
            self.close()
            raise

    def close(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect(self) -> Connection:
        connection = self._database.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._connection = connection
        connection.exec_driver_sql(f'listen "{self._channel}"')
        return connection
