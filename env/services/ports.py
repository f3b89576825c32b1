"""Where each service of development listens: what its variable says, else its usual port.

`--ports auto` moves a whole stack by these variables, which the manifest names.
"""

import os
from collections.abc import Mapping
from typing import Final

from env.services.places import ServiceError

USUAL: Final = {
    "auth": 54321,
    "postgres": 54322,
    "mailbox": 54324,
    "demo": 54326,
    "redis": 56379,
    "api": 8000,
    "web": 3000,
}

_VARIABLES: Final = {
    "api": "UVICORN_PORT",  # Uvicorn reads it itself
    # Shells and platforms have a POSTGRES_PORT and a REDIS_PORT of their own.
    "postgres": "PIXCRAWLER_POSTGRES_PORT",
    "redis": "PIXCRAWLER_REDIS_PORT",
}


def variable_of(service: str) -> str:
    return _VARIABLES.get(service, f"{service.upper()}_PORT")


def port_of(service: str, environment: Mapping[str, str] | None = None) -> int:
    return port_said(service, environment) or USUAL[service]


def port_said(service: str, environment: Mapping[str, str] | None = None) -> int | None:
    """None when nothing is said. Raise ServiceError when it is no port."""
    name = variable_of(service)
    text = (os.environ if environment is None else environment).get(name, "").strip()
    # Kubernetes says where a service of that name is in a variable of that name.
    if not text or text.startswith("tcp://"):
        return None
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) < 65536:
        raise ServiceError(f"{name} must be a number between 1 and 65535")
    return int(text)
