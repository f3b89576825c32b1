"""A small site with real photographs, for a first crawl without the internet."""

import argparse
import sys
from pathlib import Path

import uvicorn

from env.services.demo.app import DemoSite
from env.services.demo.photos import Archive
from env.services.places import LOOPBACK, STATE, ServiceError, refuse_production
from env.services.ports import port_of
from env.variables import load


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m env.services.demo", description=__doc__)
    parser.add_argument("--port", type=int)
    parser.add_argument("--directory", type=Path, default=STATE / "demo")
    options = parser.parse_args(arguments)
    variables = load().tiers["root"]
    try:
        port = options.port or port_of("demo")
        refuse_production("the demo site", variables)
        site = DemoSite(Archive(options.directory), variables)
    except ServiceError as error:
        sys.exit(f"demo: {error}")
    uvicorn.run(
        site.application(),
        host=LOOPBACK,
        port=port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=3,
    )


if __name__ == "__main__":
    main()
