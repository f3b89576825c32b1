"""What a failed statement means to whoever asked, in our own words."""

from typing import Literal

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

DATABASE_ERRORS: tuple[type[Exception], ...] = (DBAPIError, PoolTimeoutError)


def meaning_of(error: Exception) -> Literal["away", "contradiction", "fault"]:
    """`away`: try again. `contradiction`: a constraint forbids it. `fault`: the statement is ours to mend."""
    match error:
        case IntegrityError():
            return "contradiction"
        case OperationalError() | PoolTimeoutError():
            return "away"
        case DBAPIError(connection_invalidated=True):
            return "away"
        case _:
            return "fault"
