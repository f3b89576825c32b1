"""A healthcheck as a command, for managers that know no other kind. Needs the standard library alone."""

import shlex
import string
from json import dumps
from urllib.parse import quote, urlsplit

from env.supervisor.configuration.specification import Check, Healthcheck

RETRY_SECONDS = 0.2


def check_argv(check: Healthcheck, python: str) -> list[str] | None:
    """Leaves with 0 when the check succeeds. None: no command can see a line of the log."""
    match check.kind, check.target:
        case Check.EXEC, tuple() as command:
            return list(command)
        case Check.FILE, str() as path:
            return ["test", "-e", path]
        case Check.TCP, str() as address:
            host, port = host_and_port(address)
            return connect_argv(python, host, port, check.timeout_seconds)
        case Check.HTTP, str() as url:
            host, port = host_and_port(url)
            return _get_argv(python, host, port, path_of(url), check.timeout_seconds)
        case _:
            return None


def connect_argv(python: str, host: str, port: int, timeout_seconds: float) -> list[str]:
    code = f"import socket; socket.create_connection(({dumps(host)}, {port}), {timeout_seconds:g})"
    return [python, "-IS", "-c", code]


def _get_argv(python: str, host: str, port: int, path: str, timeout_seconds: float) -> list[str]:
    code = (
        f"import http.client as h; c = h.HTTPConnection({dumps(host)}, {port}, timeout={timeout_seconds:g}); "
        f'c.request("GET", {dumps(path)}); raise SystemExit(not 200 <= c.getresponse().status < 400)'
    )
    return [python, "-IS", "-c", code]


def host_and_port(target: str) -> tuple[str, int]:
    if "://" in target:
        parts = urlsplit(target)
        return parts.hostname or "", parts.port or 80
    host, _, port = target.rpartition(":")
    return host, int(port)


def path_of(url: str) -> str:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return quote(path, safe=string.punctuation)


def until(argv: list[str], meanwhile: str = ":") -> list[str]:
    """Asks again and again; `meanwhile` may give up."""
    asked = f"{shlex.join(argv)} >/dev/null 2>&1"
    return ["/bin/sh", "-c", f"until {asked}; do {meanwhile}; sleep {RETRY_SECONDS:g}; done"]
