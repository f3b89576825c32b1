from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from backend.core.exceptions import NotFoundError
from backend.database.models import Profile
from backend.database.session import AnySession, WriteSession

_COLUMNS = (Profile.id, Profile.email, Profile.full_name, Profile.role, Profile.created_at)


async def get_profile(session: AnySession, user_id: UUID) -> Row[*tuple[Any, ...]]:
    row = (await session.execute(select(*_COLUMNS).where(Profile.id == user_id))).first()
    if row is None:
        raise NotFoundError("profile")
    return row


async def update_profile(session: WriteSession, user_id: UUID, full_name: str) -> Row[*tuple[Any, ...]]:
    statement = update(Profile).where(Profile.id == user_id).values(full_name=full_name).returning(*_COLUMNS)
    row = (await session.execute(statement)).first()
    if row is None:
        raise NotFoundError("profile")
    return row
