"""Have Next compile the pages that people open first, before they do. `python -m env.services.warm`"""

import http.client
import urllib.request
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

from env.services.ports import port_of
from env.services.waiting import unreachable, wait_for
from env.variables import load

ROUTES = ("/", "/sign-up", "/sign-in", "/projects")
TIMEOUT_SECONDS = 120


def warm(app: str) -> None:
    """What comes back does not matter: asking is what makes Next compile. Failing would end the stack."""
    for route in ROUTES:
        with suppress(OSError, http.client.HTTPException):
            urllib.request.urlopen(app + route, timeout=TIMEOUT_SECONDS).read()  # noqa: S310 - our own address


def main() -> None:
    app = load().tiers["frontend"].get("NEXT_PUBLIC_APP_URL") or f"http://localhost:{port_of('web')}"
    address = urlsplit(app)
    host, port = address.hostname or "localhost", address.port or 80
    wait_for("the web server", partial(unreachable, host, port))
    warm(app)


if __name__ == "__main__":
    main()
