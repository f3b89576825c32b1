"""Ports that have moved: whatever names one of them says the new number."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from env.supervisor.configuration.specification import Check, Healthcheck, Settings, Specification
from env.supervisor.problems import ConfigurationError, Problem

LOOPBACK = ("127.0.0.1", "localhost", "::1")

# Also percent-encoded, as an address inside the query of another.
_ADDRESS = re.compile(
    r"""
    (?: (?<![\w.-]) | (?<=%[0-9a-f]{2}) )
    (?P<host> 127\.0\.0\.1 | localhost | \[::1\] | %5B%3A%3A1%5D ) (?P<colon> : | %3A )
    (?P<port> \d{1,5} ) (?! \d )
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
# As PostgreSQL's libraries and many options write it: `host=localhost port=5432`, also in a query.
_HOSTS = re.compile(r"(?<!\w)host(?:addr)?\s*=\s*'?([^\s'&;]*)", re.IGNORECASE)
_PORT = re.compile(r"(?<!\w)(port\s*=\s*'?)(\d{1,5})(?=['\s&;]|$)", re.IGNORECASE | re.ASCII)


def moved(values: Mapping[str, str], ports: Mapping[int, int]) -> dict[str, str]:
    """All of `values`, with every loopback address in them where its port went."""
    return {name: _moved_text(value, ports) for name, value in values.items()}


def moved_plan(plan: Iterable[Specification], ports: Mapping[int, int]) -> list[Specification]:
    """Raises ConfigurationError where a command names an old number that is no address: it cannot move."""
    moved = [
        spec._replace(
            command=_moved_text(spec.command, ports), settings=_moved_settings(spec.settings, ports)
        )
        for spec in plan
    ]
    if problems := [found for spec in moved if (found := _immovable(spec, ports))]:
        raise ConfigurationError(problems)
    return moved


def moved_check(check: Healthcheck | None, ports: Mapping[int, int]) -> Healthcheck | None:
    match check:
        case Healthcheck(kind=Check.TCP, target=str() as address):
            host, _, port = address.rpartition(":")
            if host in LOOPBACK:
                return check._replace(target=f"{host}:{ports.get(int(port), int(port))}")
        case Healthcheck(kind=Check.HTTP, target=str() as url) if urlsplit(url).hostname in LOOPBACK:
            return check._replace(target=_moved_text(url, ports))
        case Healthcheck(kind=Check.EXEC, target=tuple() as command):
            return check._replace(target=tuple(_moved_argument(word, ports) for word in command))
    return check


def _moved_settings(settings: Settings, ports: Mapping[int, int]) -> Settings:
    return settings._replace(
        ports=tuple(ports.get(port, port) for port in settings.ports),
        port_variables={name: ports.get(port, port) for name, port in settings.port_variables.items()},
        healthcheck=moved_check(settings.healthcheck, ports),
    )


def _moved_text(text: str, ports: Mapping[int, int]) -> str:
    def move(address: re.Match[str]) -> str:
        port = int(address["port"])
        return f"{address['host']}{address['colon']}{ports[port]}" if port in ports else address[0]

    text = _ADDRESS.sub(move, text)
    hosts = _HOSTS.findall(text)
    if hosts and all(host.lower() in LOOPBACK for host in hosts):
        text = _PORT.sub(lambda found: f"{found[1]}{ports.get(int(found[2]), found[2])}", text)
    return text


def _moved_argument(word: str, ports: Mapping[int, int]) -> str:
    bare = {str(old): str(new) for old, new in ports.items()}
    return bare.get(word) or _moved_text(word, ports)


def _immovable(spec: Specification, ports: Mapping[int, int]) -> Problem | None:
    numbers = set(re.findall(r"(?<![\w.])\d+(?![\w.])", spec.command))
    if not (fixed := numbers & set(map(str, ports))):
        return None
    what = f"its command names port {min(fixed)}, which --ports auto would move"
    hint = "let it read $PORT, or a variable of the manifest: ports = { API_PORT = 8000 } gives $API_PORT"
    return Problem(spec.service, what, hint)
