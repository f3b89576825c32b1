import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Mapping
from functools import partial
from urllib.parse import urlsplit

import uvicorn

from env.services.auth.app import create_app
from env.services.auth.database import why_not_migrated
from env.services.auth.keys import SigningKey, SigningKeyError, ensure_signing_key, is_api_key
from env.services.auth.settings import (
    LOOPBACK_HOSTS,
    AuthSettings,
    SettingsError,
    settings_from,
    workspace_environment,
)
from env.services.waiting import wait_for

DESCRIPTION = "Supabase Auth for development; settings come from the environment and the .env files."
logger = logging.getLogger("auth")


def main() -> int:
    argparse.ArgumentParser(prog="python -m env.services.auth", description=DESCRIPTION).parse_args()
    environ = workspace_environment()
    try:
        settings = settings_from(environ)
        key = ensure_signing_key(settings.data_dir)
    except (SettingsError, SigningKeyError) as error:
        print(error, file=sys.stderr)
        return 2
    if urlsplit(settings.supabase_url).hostname not in LOOPBACK_HOSTS:
        print("auth: SUPABASE_URL names a real project, so there is nothing to emulate")
        return 0
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    wait_for("the migrated database", partial(why_not_migrated, settings.database_url))
    _warn_of_foreign_keys(environ, key)
    _serve(settings, key)
    return 0


def _warn_of_foreign_keys(environ: Mapping[str, str], key: SigningKey) -> None:
    for name, role in (("SUPABASE_ANON_KEY", "anon"), ("SUPABASE_SERVICE_ROLE_KEY", "service_role")):
        value = environ.get(name, "")
        if value and not is_api_key(key, value, "anon" if role == "anon" else "service_role"):
            logger.warning(
                "%s was not signed with this workspace's key: rm .env frontend/.env && invoke dev", name,
            )  # fmt: skip


def _serve(settings: AuthSettings, key: SigningKey) -> None:
    logger.info(
        "auth: %s (confirmation by mail: %s)", settings.issuer, "off" if settings.autoconfirm else "on"
    )
    uvicorn.run(
        create_app(settings, key),
        host="127.0.0.1",
        port=settings.port,
        log_level="warning",
        access_log=False,
        # psycopg cannot use the proactor loop that Windows would choose.
        loop=f"{asyncio.__name__}:SelectorEventLoop" if os.name == "nt" else "auto",
    )


if __name__ == "__main__":
    sys.exit(main())
