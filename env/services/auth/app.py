"""The emulator: what is mounted, in which order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount, Route, Router

from env.services.auth.context import Emulator
from env.services.auth.database import create_pool
from env.services.auth.failures import EXCEPTION_HANDLERS
from env.services.auth.keys import SigningKey, ensure_signing_key
from env.services.auth.middleware import ApiKeyMiddleware, EmulatorMiddleware
from env.services.auth.routes import admin, info, invitations, signup, token, user, verify
from env.services.auth.sessions import SessionIssuer
from env.services.auth.settings import AuthSettings

ROUTES = [
    Route("/signup", signup.signup, methods=["POST"]),
    Route("/otp", signup.otp, methods=["POST"]),
    Route("/recover", signup.recover, methods=["POST"]),
    Route("/resend", signup.resend, methods=["POST"]),
    Route("/token", token.token, methods=["POST"]),
    Route("/verify", verify.follow_link, methods=["GET"]),
    Route("/verify", verify.verify, methods=["POST"]),
    Route("/user", user.get_user, methods=["GET"]),
    Route("/user", user.update_user, methods=["PUT"]),
    Route("/logout", user.logout, methods=["POST"]),
    Route("/admin/users", admin.list_users, methods=["GET"]),
    Route("/admin/users", admin.create_user, methods=["POST"]),
    Route("/admin/users/{user_id}", admin.get_user, methods=["GET"]),
    Route("/admin/users/{user_id}", admin.update_user, methods=["PUT"]),
    Route("/admin/users/{user_id}", admin.delete_user, methods=["DELETE"]),
    Route("/admin/generate_link", invitations.generate_link, methods=["POST"]),
    Route("/invite", invitations.invite, methods=["POST"]),
    Route("/authorize", info.authorize, methods=["GET"]),
    Route("/.well-known/jwks.json", info.jwks, methods=["GET"]),
    Route("/settings", info.settings, methods=["GET"]),
    Route("/health", info.health, methods=["GET"]),
]


def create_app(settings: AuthSettings, key: SigningKey | None = None) -> Starlette:
    key = key or ensure_signing_key(settings.data_dir)
    pool = create_pool(settings.database_url)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with pool:
            yield

    app = Starlette(
        routes=[Mount("/auth/v1", app=Router(ROUTES, redirect_slashes=False))],
        middleware=[
            Middleware(EmulatorMiddleware),
            Middleware(
                CORSMiddleware,
                allow_origins=settings.origins,
                allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
                allow_headers=["*"],
                expose_headers=["X-Total-Count", "Link", "X-Supabase-Api-Version", "X-PixCrawler-Emulator"],
                max_age=600,
            ),
            Middleware(ApiKeyMiddleware, key=key),
        ],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=lifespan,
    )
    app.state.emulator = Emulator(settings, key, pool, SessionIssuer(settings, key))
    return app
