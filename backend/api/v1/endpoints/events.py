"""Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html"""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header
from fastapi.sse import format_sse_event
from starlette.responses import StreamingResponse

from backend.api.deps import CurrentUser, Reads, State
from backend.api.problems import problems
from backend.core.net.notifications import Subscription
from backend.database.states import TERMINAL_JOB_STATUSES
from backend.schemas.crawl_jobs import Progress
from backend.services.progress import ProgressRow, get_progress

router = APIRouter(prefix="/crawl-jobs", tags=["crawl jobs"])

_HEARTBEAT_SECONDS = 15.0
_HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`event: progress`: data is a Progress, id its version. At last `event: end`.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": "event: progress\n\n"}},
    }
}


@router.get(
    "/{crawl_job_id}/events",
    summary="Follow a job as server-sent events",
    response_class=StreamingResponse,
    responses=_STREAM | problems(404),
)
async def follow_crawl_job(
    user: CurrentUser,
    session: Reads,
    state: State,
    crawl_job_id: UUID,
    last_event_id: Annotated[int | None, Header(ge=0, description="Version already seen.")] = None,
) -> StreamingResponse:
    first = await get_progress(session, user.id, crawl_job_id)
    # The session is given back before the stream begins: a viewer holds no database connection.
    hub = state["job_events"]

    async def stream() -> AsyncIterator[bytes]:
        with hub.watch(crawl_job_id) as subscription:
            async for event in _events(subscription, first, -1 if last_event_id is None else last_event_id):
                yield event

    return StreamingResponse(stream(), headers=_HEADERS, media_type="text/event-stream")


async def _events(
    subscription: Subscription[ProgressRow], newest: ProgressRow | None, seen: int
) -> AsyncIterator[bytes]:
    while True:
        is_over = newest is not None and newest.status in TERMINAL_JOB_STATUSES
        if newest is not None and (newest.version > seen or is_over):
            seen = newest.version
            data = Progress.model_validate(newest).model_dump_json()
            yield format_sse_event(event="progress", id=str(seen), data_str=data)
        else:
            yield format_sse_event(comment="alive")
        if is_over:
            yield format_sse_event(event="end", id=str(seen), data_str="{}")
            return
        newest = await subscription.next(_HEARTBEAT_SECONDS)
        if subscription.is_closed:
            return
