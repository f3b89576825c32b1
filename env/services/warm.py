"""Have Next compile the pages that people open first, before they do. `python -m env.services.warm`"""

import http.client
import urllib.request
from contextlib import suppress

from env.variables import load

ROUTES = ("/", "/sign-up", "/sign-in", "/projects")
TIMEOUT_SECONDS = 120


def warm(app: str) -> None:
    """What comes back does not matter: asking is what makes Next compile. Failing would end the stack."""
    for route in ROUTES:
        with suppress(OSError, http.client.HTTPException):
            urllib.request.urlopen(app + route, timeout=TIMEOUT_SECONDS).read()  # noqa: S310 - our own address


if __name__ == "__main__":
    warm(load().tiers["frontend"]["NEXT_PUBLIC_APP_URL"])
