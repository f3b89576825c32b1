import os
import sys
from pathlib import Path

import uvicorn

from env.services.mailbox.app import create_app
from env.services.places import LOOPBACK, STATE, ServiceError, refuse_production

DEFAULT_PORT = "54324"


def main() -> int:
    try:
        refuse_production("The mailbox")
        port = _port(os.environ.get("MAILBOX_PORT", DEFAULT_PORT))
    except ServiceError as error:
        print(f"mailbox: {error}", file=sys.stderr)
        return 2
    directory = Path(os.environ.get("MAILBOX_DIR", STATE / "mailbox"))
    print(f"mailbox: http://{LOOPBACK}:{port}", flush=True)
    uvicorn.run(create_app(directory), host=LOOPBACK, port=port, log_level="warning", access_log=False)
    return 0


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ServiceError("MAILBOX_PORT must be a number between 1 and 65535")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
