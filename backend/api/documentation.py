from typing import Any

from fastapi import FastAPI

from backend.api.problems import MEDIA_TYPE

TITLE = "PixCrawler"
VERSION = "1"
SUMMARY = "Turns URL lists and web pages into clean, deduplicated, labelled image datasets."
TAGS = [
    {"name": "auth", "description": "Who you are. Signing in and out happens at Supabase Auth."},
    {"name": "projects", "description": "A project is a dataset in the making."},
    {"name": "crawl jobs", "description": "Jobs fill a project with images."},
    {"name": "images", "description": "An image is stored once per content and project."},
    {"name": "exports", "description": "Frozen, numbered versions of a project."},
    {"name": "health", "description": "For probes and people; public."},
]


def document(app: FastAPI) -> dict[str, Any]:
    """FastAPI files every model under the route's own media type; problems have one of theirs."""
    if app.openapi_schema is None:
        schema = FastAPI.openapi(app)
        for path in schema["paths"].values():
            for operation in path.values():
                for response in operation["responses"].values():
                    _name_problem(response)
        app.openapi_schema = schema
    return app.openapi_schema


def _name_problem(response: dict[str, Any]) -> None:
    for body in response.get("content", {}).values():
        if body.get("schema", {}).get("$ref", "").endswith("/Problem"):
            response["content"] = {MEDIA_TYPE: body}
            return
