from fastapi import APIRouter

from backend.api.deps import CurrentUser, Reads, Writes
from backend.api.problems import problems
from backend.api.routes import TokenBeforeBody
from backend.schemas.auth import Profile, ProfileUpdate
from backend.services import auth as service

router = APIRouter(prefix="/auth", tags=["auth"], route_class=TokenBeforeBody)


@router.get("/profile", summary="Read your profile", responses=problems(404))
async def get_profile(user: CurrentUser, session: Reads) -> Profile:
    return Profile.model_validate(await service.get_profile(session, user.id))


@router.patch("/profile", summary="Change your profile", responses=problems(404))
async def update_profile(user: CurrentUser, session: Writes, change: ProfileUpdate) -> Profile:
    return Profile.model_validate(await service.update_profile(session, user.id, change.full_name))
