"""Become Redis: replace this process by the server."""

import argparse
import sys
from pathlib import Path

from env.services.places import STATE, ServiceError, become
from env.services.ports import port_of
from env.services.redis.server import server_command


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m env.services.redis", description=__doc__)
    parser.add_argument("--directory", type=Path, default=STATE / "redis")
    parser.add_argument("--port", type=int)
    options = parser.parse_args(arguments)
    directory: Path = options.directory.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    try:
        become(server_command(directory, options.port or port_of("redis"), durable=True))
    except ServiceError as error:
        sys.exit(f"redis: {error}")


if __name__ == "__main__":
    main()
