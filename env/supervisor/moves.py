"""A process whose ports have moved: what else has to say the new numbers."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from env.supervisor.specification import Check, Healthcheck

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def moved_check(check: Healthcheck | None, ports: Mapping[int, int]) -> Healthcheck | None:
    """The same check where its port went."""
    match check:
        case Healthcheck(kind=Check.TCP, target=str() as address):
            host, _, port = address.rpartition(":")
            if host in LOOPBACK:
                return check._replace(target=f"{host}:{ports.get(int(port), int(port))}")
        case Healthcheck(kind=Check.HTTP, target=str() as url):
            parts = urlsplit(url)
            if parts.port and parts.port in ports and parts.hostname in LOOPBACK:
                netloc = f"{parts.netloc.rpartition(':')[0]}:{ports[parts.port]}"
                return check._replace(target=parts._replace(netloc=netloc).geturl())
    return check
