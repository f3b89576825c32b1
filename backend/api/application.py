from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Path
from starlette.responses import PlainTextResponse

from backend.api import documentation
from backend.api.deps import refuse_unknown_parameters
from backend.api.problems import install_problem_handlers, problem_pages, problems
from backend.api.v1.endpoints import auth, crawl_jobs, events, exports, health, images, projects
from backend.core.exceptions import NotFoundError


def build_api(**arguments: Any) -> FastAPI:  # noqa: ANN401
    """Routes, errors and documentation, without anything that needs settings or a server."""
    app = FastAPI(
        title=documentation.TITLE,
        version=documentation.VERSION,
        summary=documentation.SUMMARY,
        openapi_tags=documentation.TAGS,
        generate_unique_id_function=lambda route: route.name,
        redirect_slashes=False,
        **arguments,
    )
    # FastAPI's own way to change the document is to replace the method.
    app.openapi = partial(documentation.document, app)  # type: ignore[method-assign]
    install_problem_handlers(app)

    v1 = APIRouter(prefix="/api/v1", responses=problems(401, 422, 503))
    for noun in (auth, projects, crawl_jobs, events, images, exports):
        v1.include_router(noun.router, dependencies=[Depends(refuse_unknown_parameters)])
    app.include_router(v1)
    app.include_router(health.router)
    app.add_api_route("/problems/{slug}", _problem_page, include_in_schema=False)
    return app


async def _problem_page(slug: Annotated[str, Path(max_length=100)]) -> PlainTextResponse:
    """What the `type` of a problem leads to."""
    page = problem_pages().get(slug)
    if page is None:
        raise NotFoundError("problem")
    return PlainTextResponse(page)
