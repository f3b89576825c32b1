"""Become Next's development server. `python -m env.services.web`"""

import argparse
import os
import sys
from pathlib import Path

from env.services.node import FRONTEND, install_packages, node_binary, node_environment
from env.services.places import LOOPBACK, ServiceError, become

DEFAULT_PORT = 3000


def server_command(port: int, frontend: Path = FRONTEND) -> list[str]:
    """Next itself: through a package runner, a signal would end the runner and leave the server."""
    entrance = frontend / "node_modules" / "next" / "dist" / "bin" / "next"
    if not entrance.is_file():
        raise ServiceError(f"{entrance} is missing; remove {frontend / 'node_modules'} and start again")
    return [str(node_binary()), str(entrance), "dev", "--port", str(port), "--hostname", LOOPBACK]


def server_environment(frontend: Path = FRONTEND) -> dict[str, str]:
    """Next runs its server in a process of its own, which options on the command line would not reach."""
    environment = node_environment()
    stay_offline = f"--import={(frontend / 'lib/dev/no-version-check.mjs').as_uri()}"
    options = [environment.get("NODE_OPTIONS", ""), stay_offline]
    return {**environment, "NODE_OPTIONS": " ".join(filter(None, options))}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m env.services.web", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    options = parser.parse_args(arguments)
    try:
        install_packages()
        command = server_command(options.port)
        environment = server_environment()
    except ServiceError as error:
        sys.exit(f"web: {error}")
    os.chdir(FRONTEND)
    become(command, environment)


if __name__ == "__main__":
    main()
