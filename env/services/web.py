"""Become Next's server of development, or of production. `python -m env.services.web [--production]`"""

import argparse
import os
import sys
from pathlib import Path

from env.services.node import FRONTEND, install_packages, node_binary, node_environment
from env.services.places import LOOPBACK, ServiceError, become
from env.services.ports import port_of


def server_command(
    port: int, frontend: Path = FRONTEND, *, host: str = LOOPBACK, mode: str = "dev"
) -> list[str]:
    """Next itself: through a package runner, a signal would end the runner and leave the server."""
    entrance = frontend / "node_modules" / "next" / "dist" / "bin" / "next"
    if not entrance.is_file():
        raise ServiceError(f"{entrance} is missing; remove {frontend / 'node_modules'} and start again")
    return [str(node_binary()), str(entrance), mode, "--port", str(port), "--hostname", host]


def production_command(port: int, host: str, frontend: Path = FRONTEND) -> list[str]:
    """Installs and builds nothing: what is started in production was made before."""
    if not is_built(frontend):
        raise ServiceError(f"{frontend} is not built; run: python -m env.frontend build")
    return server_command(port, frontend, host=host, mode="start")


def is_built(frontend: Path = FRONTEND) -> bool:
    return (frontend / ".next" / "BUILD_ID").is_file()


def server_environment(frontend: Path = FRONTEND) -> dict[str, str]:
    """Next runs its server in a process of its own, which options on the command line would not reach."""
    environment = node_environment()
    stay_offline = f"--import={(frontend / 'lib/dev/no-version-check.mjs').as_uri()}"
    options = [environment.get("NODE_OPTIONS", ""), stay_offline]
    return {**environment, "NODE_OPTIONS": " ".join(filter(None, options))}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m env.services.web", description=__doc__)
    parser.add_argument("--production", action="store_true", help="serve what `next build` made")
    parser.add_argument("--port", type=int)
    parser.add_argument("--host", default=os.environ.get("WEB_HOST", LOOPBACK), help="of production alone")
    options = parser.parse_args(arguments)
    try:
        port = options.port or port_of("web")
        if options.production:
            command, environment = production_command(port, options.host), node_environment()
        else:
            install_packages()
            command, environment = server_command(port), server_environment()
    except ServiceError as error:
        sys.exit(f"web: {error}")
    os.chdir(FRONTEND)
    become(command, environment)


if __name__ == "__main__":
    main()
