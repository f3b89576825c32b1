"""Where this checkout is and where its development state lives."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".dev"
LOOPBACK = "127.0.0.1"


class ServiceError(RuntimeError):
    """Raise when a service can't start for a reason the reader can mend; the text says how."""


def free_port() -> int:
    """A port that was free a moment ago; the caller must be ready to lose the race for it."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def refuse_production(what: str, variables: Mapping[str, str] | None = None) -> None:
    known = os.environ if variables is None else variables
    if known.get("PIXCRAWLER_ENVIRONMENT", "").strip().lower() == "production":
        raise ServiceError(f"{what} is for development only and PIXCRAWLER_ENVIRONMENT is production")


def become(command: list[str], environment: Mapping[str, str] | None = None) -> NoReturn:
    """Replace this process, so that the supervisor's signals reach the program itself."""
    if sys.platform == "win32":
        # There exec would end this process and leave the program to itself.
        sys.exit(subprocess.call(command, env=environment))
    os.execve(command[0], command, os.environ if environment is None else environment)  # noqa: S606
