import argparse
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn

from env.services.mailbox.app import create_app
from env.services.places import LOOPBACK, STATE, ServiceError, refuse_production
from env.services.ports import USUAL, port_said

DESCRIPTION = "The mailbox of development; MAILBOX_PORT, MAILBOX_URL and MAILBOX_DIR place it."


def main() -> int:
    argparse.ArgumentParser(prog="python -m env.services.mailbox", description=DESCRIPTION).parse_args()
    try:
        refuse_production("The mailbox")
        port = _port()
    except ServiceError as error:
        print(f"mailbox: {error}", file=sys.stderr)
        return 2
    directory = Path(os.environ.get("MAILBOX_DIR", STATE / "mailbox"))
    print(f"mailbox: http://{LOOPBACK}:{port}", flush=True)
    uvicorn.run(create_app(directory), host=LOOPBACK, port=port, log_level="warning", access_log=False)
    return 0


def _port() -> int:
    """MAILBOX_PORT, else the port where MAILBOX_URL tells the others to look."""
    if said := port_said("mailbox"):
        return said
    url = os.environ.get("MAILBOX_URL")
    if not url:
        return USUAL["mailbox"]
    try:
        port = urlsplit(url).port
    except ValueError:
        port = None
    if not port:
        raise ServiceError("MAILBOX_URL must name a port between 1 and 65535, or set MAILBOX_PORT")
    return port


if __name__ == "__main__":
    sys.exit(main())
