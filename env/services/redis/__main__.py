"""Become Redis: replace this process by the server."""

import argparse
import sys
from pathlib import Path

from env.services.places import STATE, ServiceError, become
from env.services.redis.server import server_command

DEFAULT_PORT = 56379


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m env.services.redis", description=__doc__)
    parser.add_argument("--directory", type=Path, default=STATE / "redis")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    options = parser.parse_args(arguments)
    directory: Path = options.directory.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    try:
        become(server_command(directory, options.port, durable=True))
    except ServiceError as error:
        sys.exit(f"redis: {error}")


if __name__ == "__main__":
    main()
