from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from backend.api.deps import bearer_of, current_user
from backend.api.state import app_state


class TokenBeforeBody(APIRoute):
    """Asks who it is before the body: FastAPI would read and parse megabytes of a stranger's first."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def ask_first(request: Request) -> Response:
            await current_user(app_state(request), await bearer_of(request))
            return await handle(request)

        return ask_first if self.body_field else handle
