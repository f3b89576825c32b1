from functools import lru_cache

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from backend.core.settings import get_settings
from backend.database.session import create_worker_engine

# Broken connections, restarts, deadlocks: what another try can mend.
DATABASE_AWAY = (OperationalError, InterfaceError)


@lru_cache
def worker_engine() -> Engine:
    """One engine per process. Call it in tasks only: the parent of the pool must not own a connection."""
    return create_worker_engine(get_settings().database)


def first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
