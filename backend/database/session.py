"""
ReadSession     every statement on its own (autocommit); flushing raises
WriteSession    one transaction; `transaction()` commits it, and nothing else does
Session         what a worker uses: the same, synchronous

psycopg 3 is the driver of all of them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker

from backend.core.settings.database import DatabaseSettings

__all__ = ["Database", "ReadSession", "Session", "WriteSession", "create_worker_engine", "worker_sessions"]

_POOL_TIMEOUT_SECONDS = 10
_LOCK_TIMEOUT_SECONDS = 5
_RECYCLE_SECONDS = 1800


class _ReadOnlySyncSession(Session):
    pass


@event.listens_for(_ReadOnlySyncSession, "before_flush")
def _refuse_to_write(*_: object) -> None:
    raise RuntimeError("a ReadSession cannot write; take a WriteSession")


class _WritingSyncSession(Session):
    pass


@event.listens_for(_WritingSyncSession, "after_begin")
def _give_up_on_long_locks(_: Session, __: object, connection: Connection) -> None:
    # Whoever waits for a lock keeps a connection from everybody else.
    connection.exec_driver_sql(f"set local lock_timeout = '{_LOCK_TIMEOUT_SECONDS}s'")


class ReadSession(AsyncSession):
    sync_session_class = _ReadOnlySyncSession


class WriteSession(AsyncSession):
    sync_session_class = _WritingSyncSession


AnySession = ReadSession | WriteSession


def _engine_arguments(settings: DatabaseSettings) -> dict[str, Any]:
    return {
        "pool_size": settings.pool_size,
        "max_overflow": settings.max_overflow,
        "pool_timeout": _POOL_TIMEOUT_SECONDS,
        "pool_recycle": _RECYCLE_SECONDS,
        "pool_pre_ping": settings.pool_pre_ping,
        "echo": settings.echo,
        # A failed statement must not print the values it carried.
        "hide_parameters": True,
        "connect_args": settings.connect_args,
    }


@dataclass(frozen=True, slots=True)
class Database:
    """The API's connections: one pool, two kinds of session."""

    engine: AsyncEngine
    _read: async_sessionmaker[ReadSession]
    _write: async_sessionmaker[WriteSession]

    @classmethod
    def connect(cls, settings: DatabaseSettings) -> Self:
        engine = create_async_engine(settings.sqlalchemy_url, **_engine_arguments(settings))
        autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        return cls(
            engine,
            async_sessionmaker(autocommit, class_=ReadSession, expire_on_commit=False, autoflush=False),
            async_sessionmaker(engine, class_=WriteSession, expire_on_commit=False),
        )

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ReadSession]:
        async with self._read() as session:
            yield session

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[WriteSession]:
        """Commits when the block ends well, rolls back when it raises."""
        async with self._write.begin() as session:
            yield session

    async def close(self) -> None:
        await self.engine.dispose()


def create_worker_engine(settings: DatabaseSettings) -> Engine:
    """Make it after the fork: a connection must not be shared by two processes."""
    return create_engine(settings.sqlalchemy_url, **_engine_arguments(settings))


def worker_sessions(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False)
