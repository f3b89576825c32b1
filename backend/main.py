from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from backend.api.application import build_api
from backend.api.lifespan import lifespan_of
from backend.api.middleware import AccessLog, BodyLimit, PlainStartup, SecurityHeaders, UnexpectedErrors
from backend.core.settings import CommonSettings, settings_or_exit
from backend.utility.logging_config import configure_logging

_MEBIBYTE = 1024 * 1024
# Ten thousand URLs of the greatest length.
_LARGER_BODIES = {"/api/v1/crawl-jobs": 22 * _MEBIBYTE}


def create_app(settings: CommonSettings) -> FastAPI:
    return build_api(
        lifespan=lifespan_of(settings),
        # Both would load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        middleware=[
            Middleware(PlainStartup),
            Middleware(CorrelationIdMiddleware),
            Middleware(AccessLog),
            Middleware(SecurityHeaders),
            Middleware(
                CORSMiddleware,
                allow_origins=settings.allowed_origins,
                allow_methods=["GET", "POST", "PATCH", "DELETE"],
                allow_headers=["Authorization", "Content-Type", "Last-Event-ID", "X-Request-ID"],
                expose_headers=["X-Request-ID", "Location", "Retry-After", "Content-Disposition", "ETag"],
            ),
            Middleware(UnexpectedErrors),
            Middleware(BodyLimit, most_bytes=_MEBIBYTE, larger=_LARGER_BODIES),
        ],
    )


def _from_environment() -> FastAPI:
    settings = settings_or_exit()
    configure_logging(level=settings.log_level, json=settings.is_production)
    return create_app(settings)


def __getattr__(name: str) -> FastAPI:
    # What `uvicorn backend.main:app` asks for; importing this module alone reads no settings.
    if name == "app":
        return _from_environment()
    raise AttributeError(name)
