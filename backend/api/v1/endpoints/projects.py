from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Response

from backend.api.deps import CurrentUser, Cursor, Limit, Reads, State, Writes
from backend.api.problems import problems
from backend.api.routes import TokenBeforeBody
from backend.schemas.projects import Project, ProjectCreate, ProjectPage, ProjectUpdate
from backend.services import projects as service

router = APIRouter(prefix="/projects", tags=["projects"], route_class=TokenBeforeBody)


@router.get("", summary="List your projects, newest first")
async def list_projects(
    user: CurrentUser, session: Reads, limit: Limit = 50, cursor: Cursor = None
) -> ProjectPage:
    return ProjectPage.model_validate(await service.list_projects(session, user.id, limit, cursor))


@router.post("", status_code=201, summary="Make a project", responses=problems(409))
async def create_project(
    user: CurrentUser, session: Writes, wanted: ProjectCreate, response: Response
) -> Project:
    project = await service.create_project(session, user.id, wanted.name, wanted.description)
    response.headers["Location"] = f"/api/v1/projects/{project.id}"
    return Project.model_validate(project)


@router.get("/{project_id}", summary="Read a project", responses=problems(404))
async def get_project(user: CurrentUser, session: Reads, project_id: UUID) -> Project:
    return Project.model_validate(await service.get_project(session, user.id, project_id))


@router.patch("/{project_id}", summary="Change a project", responses=problems(404))
async def update_project(
    user: CurrentUser, session: Writes, project_id: UUID, change: ProjectUpdate
) -> Project:
    changes = change.model_dump(exclude_none=True)
    return Project.model_validate(await service.update_project(session, user.id, project_id, changes))


@router.delete(
    "/{project_id}",
    status_code=204,
    summary="Delete a project with its jobs and images",
    responses=problems(404),
)
async def delete_project(
    user: CurrentUser, session: Writes, state: State, project_id: UUID, afterwards: BackgroundTasks
) -> None:
    for key in await service.delete_project(session, user.id, project_id):
        afterwards.add_task(state["storage"].delete, key)
