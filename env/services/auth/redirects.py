"""Where a mailed link may lead: only to the site itself."""

from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from starlette.requests import Request

from env.services.auth.errors import AuthError
from env.services.auth.settings import AuthSettings, origin_of


def allowed(settings: AuthSettings, url: str) -> bool:
    # Browsers read "\" as "/" and drop control characters, so that the origin seen here might not be theirs.
    if "\\" in url or any(ord(character) <= 0x20 for character in url):
        return False
    try:
        parts = urlsplit(url)
        return "@" not in parts.netloc and origin_of(url) == origin_of(settings.site_url)
    except ValueError:
        return False


def choose(settings: AuthSettings, request: Request, wished: str = "") -> str:
    """The wished address, else the query's, else the page the request came from, else the site."""
    candidates = (
        wished,
        request.query_params.get("redirect_to", ""),
        request.headers.get("redirect_to", ""),
        request.headers.get("referer", ""),
    )
    return next((url for url in candidates if url and allowed(settings, url)), settings.site_url)


def with_query(url: str, **fields: str) -> str:
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(fields)) if part)
    return urlunsplit(parts._replace(query=query))


def with_session(url: str, session: dict[str, Any], link_type: str) -> str:
    names = ("access_token", "expires_at", "expires_in", "refresh_token", "token_type")
    fragment = urlencode({**{name: session[name] for name in names}, "type": link_type})
    return urlunsplit(urlsplit(url)._replace(fragment=fragment))


def with_message(url: str, message: str, *, pkce: bool) -> str:
    fields = urlencode({"message": message})
    target = with_query(url, message=message) if pkce else url
    return urlunsplit(urlsplit(target)._replace(fragment=fields))


def with_error(url: str, error: AuthError, *, pkce: bool) -> str:
    names = {400: "invalid_request", 401: "unauthorized_client", 403: "access_denied", 500: "server_error"}
    fields = {
        "error": names.get(error.status, "invalid_request"),
        "error_code": error.code,
        "error_description": error.message,
    }
    target = with_query(url, **fields) if pkce else url
    return urlunsplit(urlsplit(target)._replace(fragment=urlencode(fields)))
