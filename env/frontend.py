"""Run a script of frontend/package.json or a program of its packages: `python -m env.frontend test`."""

import subprocess
import sys
from collections.abc import Sequence

from env.services.node import FRONTEND, bun_binary, install_packages, node_environment
from env.services.places import ServiceError


def run(*command: str) -> int:
    """Its exit code; installs the packages first where they are missing or old."""
    install_packages()
    return subprocess.call([bun_binary(), "run", *command], cwd=FRONTEND, env=node_environment())


def main(arguments: Sequence[str]) -> int:
    try:
        if arguments:
            return run(*arguments)
        install_packages()
    except ServiceError as error:
        print(f"frontend: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
