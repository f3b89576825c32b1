"""Become PostgreSQL: prepare the data directory, then replace this process by the server."""

import argparse
import os
import signal
import sys
from pathlib import Path

from env.services.places import STATE, ServiceError, become
from env.services.ports import port_of
from env.services.postgres import cluster, privileges


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    try:
        become(_prepare(options))
    except ServiceError as error:
        sys.exit(f"postgres: {error}")
    except KeyboardInterrupt:  # stopped while it still prepared
        sys.exit(128 + signal.SIGINT)


def _prepare(options: argparse.Namespace) -> list[str]:
    data: Path = options.directory.absolute()
    data.parent.mkdir(parents=True, exist_ok=True)
    _step_down(data)
    if options.throw_away:
        privileges.die_with_parent(signal.SIGINT)
    cluster.clear_crash(data)
    cluster.initialise(data, sync=not options.throw_away)
    if cluster.bootstrap(data, options.bootstrap):
        print(f"applied {options.bootstrap.name}", flush=True)
    return cluster.server_command(data, options.port or port_of("postgres"), durable=not options.throw_away)


def _step_down(data: Path) -> None:
    account = privileges.account_for(data)
    if account is None:
        if data.exists() and not os.access(data, os.R_OK | os.W_OK | os.X_OK):
            raise ServiceError(f"{data} belongs to user {data.stat().st_uid}; start as that user, or as root")
        return
    try:
        data.mkdir(mode=0o700, exist_ok=True)
        privileges.hand_over(data, account)
        privileges.become(account)
    except OSError as error:
        raise ServiceError(
            f"root can't hand {data} to user {account.uid} here ({error}); start as an ordinary user"
        ) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m env.services.postgres", description=__doc__)
    parser.add_argument("--directory", type=Path, default=STATE / "postgres")
    parser.add_argument("--port", type=int)
    parser.add_argument("--bootstrap", type=Path, default=cluster.BOOTSTRAP)
    parser.add_argument(
        "--throw-away", action="store_true", help="fast and not durable; ends with its parent"
    )
    return parser


if __name__ == "__main__":
    main()
