"""A ready account, so that the first crawl needs no sign-up."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping

from env.services.places import ServiceError

EMAIL = "demo@pixcrawler.local"
PASSWORD = "demo-pixcrawler"  # noqa: S105 -- printed on the demo site; the emulator is on loopback only
_ALREADY_THERE = 422
_ITS_OWN_FAULT = 500
_TIMEOUT_SECONDS = 5


class AuthIsAwayError(ServiceError):
    """Raise when Auth may just not have started yet."""


def ensure_account(variables: Mapping[str, str]) -> bool:
    """Make the account through Auth's admin API; False when it was there already.

    Raise ServiceError with the reason when Auth refuses, AuthIsAwayError when asking later may help.
    """
    base, key = variables.get("SUPABASE_URL", ""), variables.get("SUPABASE_SERVICE_ROLE_KEY", "")
    if not base.startswith(("http://127.0.0.1:", "http://localhost:")):
        raise ServiceError("no demo account: SUPABASE_URL is not the local emulator")
    body = {"email": EMAIL, "password": PASSWORD, "email_confirm": True}
    request = urllib.request.Request(  # noqa: S310 -- the scheme was looked at above
        f"{base.rstrip('/')}/auth/v1/admin/users",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {key}", "apikey": key, "Content-Type": "application/json"},
        method="POST",
    )
    # Loopback: a proxy of the environment has no business in between.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_TIMEOUT_SECONDS):
            return True
    except urllib.error.HTTPError as error:
        if error.code == _ALREADY_THERE:
            return False
        kind = AuthIsAwayError if error.code >= _ITS_OWN_FAULT else ServiceError
        raise kind(f"no demo account: Auth answered {error.code}") from None
    except OSError as error:
        raise AuthIsAwayError(f"no demo account: Auth can't be reached ({error})") from None
