import argparse
import os
import sys
from pathlib import Path

import uvicorn

from env.services.mailbox.app import create_app
from env.services.places import LOOPBACK, STATE, ServiceError, refuse_production

DESCRIPTION = "The mailbox of development; MAILBOX_PORT, MAILBOX_URL and MAILBOX_DIR place it."
DEFAULT_URL = "http://127.0.0.1:54324"


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
    url = os.environ.get("MAILBOX_URL") or DEFAULT_URL
    text = os.environ.get("MAILBOX_PORT") or url.rstrip("/").rpartition(":")[2]
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ServiceError("MAILBOX_PORT, or the port in MAILBOX_URL, must be a number between 1 and 65535")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
