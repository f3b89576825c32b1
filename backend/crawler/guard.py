"""The one place that decides which URL may be asked for and which address may be connected to."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from urllib.parse import quote

import idna

from backend.crawler.addresses import NAT64, Address, is_public
from backend.crawler.reasons import Reason

WEB_PORTS = frozenset({80, 443})
MAX_URL_LENGTH = 2_048
_DEFAULT_PORT = {"http": 80, "https": 443}
_URL = re.compile(r"(?i)(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?\Z", re.DOTALL)
_FORBIDDEN_CHARACTERS = re.compile(r"[\x00-\x1f\x7f\\]")
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)(?:(?!-)[a-z0-9_-]{1,63}(?<!-)\.)*(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
_NUMERIC_LABEL = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
_SAFE_IN_PATH = "/%:@!$&'()*+,;=~-._[]|"


class ForbiddenUrlError(Exception):
    """Raised for a URL that must not be asked for; `reason` is BAD_URL or ADDRESS_FORBIDDEN."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that passed the guard, in the one spelling that curl gets."""

    scheme: str
    host: str
    port: int
    path: str
    is_exempt: bool

    @property
    def authority(self) -> str:
        return self.host if self.port == _DEFAULT_PORT[self.scheme] else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        return self.origin + self.path


@dataclass(frozen=True, slots=True)
class Guard:
    """`allowed_hosts` are exact `host:port` pairs exempt from the port and address rules (development)."""

    allowed_hosts: frozenset[str] = frozenset()
    ports: frozenset[int] = WEB_PORTS

    def parse(self, url: str) -> Target:
        """Raises ForbiddenUrlError. What it returns is requested as it is: nobody parses the text again."""
        scheme, authority, path = _split(url.strip(" "))
        host, port = _split_authority(authority, _DEFAULT_PORT[scheme])
        is_exempt = f"{host}:{port}" in self.allowed_hosts
        if not is_exempt:
            _require_public_host(host)
            if port not in self.ports:
                raise ForbiddenUrlError(Reason.BAD_URL, f"port {port} is not a web port")
        return Target(scheme, host, port, path, is_exempt)

    def permits_peer(self, target: Target, address: str, port: int) -> bool:
        """Asked with the resolved address when connecting, so that a second DNS answer changes nothing."""
        if port != target.port:
            return False
        return target.is_exempt or is_public(ip_address(address.partition("%")[0]))


def _bad(detail: str) -> ForbiddenUrlError:
    return ForbiddenUrlError(Reason.BAD_URL, detail)


def _split(url: str) -> tuple[str, str, str]:
    if len(url) > MAX_URL_LENGTH:
        raise _bad(f"longer than {MAX_URL_LENGTH} characters")
    if _FORBIDDEN_CHARACTERS.search(url):
        raise _bad("control character or backslash")
    match = _URL.match(url)
    if match is None:
        raise _bad("not an absolute http or https URL")
    scheme, authority, path, query = match.groups(default="")
    try:
        encoded = quote(_without_dot_segments(path), _SAFE_IN_PATH) + quote(query, _SAFE_IN_PATH + "?")
    except UnicodeEncodeError:
        raise _bad("not encodable text") from None
    return scheme.lower(), authority, encoded


def _without_dot_segments(path: str) -> str:
    """As browsers do (WHATWG), so that robots.txt is asked about the path that is really fetched."""
    kept: list[str] = []
    segments = path.split("/")[1:] or [""]
    for segment in segments:
        plain = segment.lower().replace("%2e", ".")
        if plain == "..":
            del kept[-1:]
        elif plain != ".":
            kept.append(segment)
    if plain in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _split_authority(authority: str, default_port: int) -> tuple[str, int]:
    if "@" in authority:
        raise _bad("credentials in the URL")
    match = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]{0,5}))?", authority, re.ASCII)
    if match is None:
        raise _bad("host and port are not readable")
    host, port_text = match.group(1), match.group(2)
    port = int(port_text) if port_text else default_port
    if not 0 < port < 65_536:
        raise _bad(f"port {port} does not exist")
    return _canonical_host(host), port


def _canonical_host(host: str) -> str:
    if host.startswith("["):
        return f"[{_ipv6(host[1:-1])}]"
    name = _ascii_name(host).removesuffix(".")
    if not _HOST_NAME.match(name):
        raise _bad("not a host name")
    if _NUMERIC_LABEL.match(name.rpartition(".")[2]):
        return str(_ipv4(name))
    return name


def _ascii_name(host: str) -> str:
    if host.isascii():
        return host.lower()
    try:
        encoded = idna.encode(host, uts46=True, std3_rules=True).decode("ascii")
    except idna.IDNAError as error:
        raise _bad(f"not an international host name: {error}") from None
    if "xn--" not in encoded:
        # Fullwidth and circled characters that fold into plain ASCII only serve to hide a host.
        raise _bad("host in disguised characters")
    return encoded


def _ipv6(text: str) -> IPv6Address:
    try:
        address = IPv6Address(text)
    except AddressValueError:
        raise _bad("not an IPv6 address") from None
    if address.scope_id is not None:
        raise ForbiddenUrlError(Reason.ADDRESS_FORBIDDEN, "address with a zone")
    return address


def _ipv4(name: str) -> IPv4Address:
    """Octal, hexadecimal, undotted and shortened forms are refused: programs disagree on what they mean."""
    try:
        return IPv4Address(name)
    except AddressValueError:
        raise ForbiddenUrlError(Reason.ADDRESS_FORBIDDEN, "IPv4 address not in plain dotted form") from None


def _require_public_host(host: str) -> None:
    if host == "localhost" or host.endswith(".localhost"):
        raise ForbiddenUrlError(Reason.ADDRESS_FORBIDDEN, "this machine")
    address = _literal(host)
    if address is None:
        return
    if not is_public(address) or (isinstance(address, IPv6Address) and _embeds_ipv4(address)):
        raise ForbiddenUrlError(Reason.ADDRESS_FORBIDDEN, f"{address} is not a public address")


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def _embeds_ipv4(address: IPv6Address) -> bool:
    return address in NAT64
