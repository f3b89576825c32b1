"""What anybody may ask: health, settings, public keys."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from env.services.auth.context import emulator
from env.services.auth.errors import invalid
from env.services.auth.keys import jwk_set


async def health(request: Request) -> Response:
    async with emulator(request).pool.connection() as conn:
        await conn.execute("select 1")
    return JSONResponse({"version": "emulator", "name": "GoTrue", "description": "Supabase Auth emulator"})


async def settings(request: Request) -> Response:
    return JSONResponse({
        "external": {"email": True, "phone": False, "anonymous_users": False},
        "disable_signup": False,
        "mailer_autoconfirm": emulator(request).settings.autoconfirm,
        "phone_autoconfirm": False,
        "sms_provider": "",
        "saml_enabled": False,
    })  # fmt: skip


async def jwks(request: Request) -> Response:
    headers = {"Cache-Control": "public, max-age=600"}
    return JSONResponse(jwk_set(emulator(request).key), headers=headers)


async def authorize(request: Request) -> Response:  # noqa: ARG001
    raise invalid("Unsupported provider: provider is not enabled")
