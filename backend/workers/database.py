from functools import lru_cache

from sqlalchemy import Engine

from backend.core.settings import get_settings
from backend.database.session import create_worker_engine


@lru_cache
def worker_engine() -> Engine:
    """One engine per process. Call it in tasks only: the parent of the pool must not own a connection."""
    return create_worker_engine(get_settings().database)
