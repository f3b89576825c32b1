from fastapi import APIRouter, Response

from backend.api.deps import State
from backend.schemas.health import Health, Live
from backend.services import health as service

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live", summary="Does the process answer? Touches nothing else")
async def live() -> Live:
    return Live()


@router.get("/ready", summary="Can requests be served?", responses={503: {"model": Health}})
async def ready(state: State, response: Response) -> Health:
    return _answer(await state["health"].readiness(), response)


@router.get("", summary="How is every part?", responses={503: {"model": Health}})
async def report(state: State, response: Response) -> Health:
    return _answer(await state["health"].report(), response)


def _answer(health: service.Health, response: Response) -> Health:
    if health.status == "down":
        response.status_code = 503
    return Health.model_validate(health)
