"""One curl handle, reused hop after hop, with everything switched off that curl could do unasked."""

import selectors
import socket
import ssl
import sys
from dataclasses import dataclass

import pycurl

from backend.crawler.exchange import Failure, Request, Response
from backend.crawler.guard import Guard, Target
from backend.crawler.policy import MEBIBYTE, CrawlPolicy
from backend.crawler.reasons import Reason

MAX_HEADER_BYTES = 64 * 1024
_SNIFF_BYTES = 512
_LARGE_BYTES = 4 * MEBIBYTE
_MAX_LARGE_BODIES = 4
_KEPT_HEADERS = frozenset({"content-type", "location", "retry-after", "tdm-reservation", "x-robots-tag"})
_TLS_ERRORS = frozenset({35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91, 98})
_UNFRAMED_VERSIONS = (pycurl.CURL_HTTP_VERSION_1_0, pycurl.CURL_HTTP_VERSION_1_1)
_REASONS = {
    pycurl.E_COULDNT_RESOLVE_HOST: Reason.DNS_FAILED,
    pycurl.E_COULDNT_CONNECT: Reason.UNREACHABLE,
    pycurl.E_OPERATION_TIMEDOUT: Reason.TIMEOUT,
    pycurl.E_FILESIZE_EXCEEDED: Reason.TOO_LARGE,
    pycurl.E_PARTIAL_FILE: Reason.INCOMPLETE,
    pycurl.E_URL_MALFORMAT: Reason.BAD_URL,
    pycurl.E_UNSUPPORTED_PROTOCOL: Reason.HTTP_ERROR,
    pycurl.E_BAD_CONTENT_ENCODING: Reason.CORRUPT,
    8: Reason.HTTP_ERROR,  # an answer that is not HTTP
}


@dataclass(slots=True)
class LargeBodies:
    """How many bodies may at once grow beyond what most images need; others wait with what they have."""

    active: int = 0

    @property
    def has_room(self) -> bool:
        return self.active < _MAX_LARGE_BODIES


class Transfer:
    def __init__(
        self, policy: CrawlPolicy, guard: Guard, large: LargeBodies, pinned: tuple[str, ...] = ()
    ) -> None:
        self.handle = pycurl.Curl()
        self._guard = guard
        self._large = large
        self._is_large = False
        self._reset()
        for option, value in _fixed_options(policy).items():
            self.handle.setopt(option, value)
        if pinned:
            self.handle.setopt(pycurl.RESOLVE, list(pinned))
        self.handle.setopt(pycurl.OPENSOCKETFUNCTION, self._open_socket)
        self.handle.setopt(pycurl.HEADERFUNCTION, self._take_header)
        self.handle.setopt(pycurl.WRITEFUNCTION, self._take_body)

    def _reset(self) -> None:
        self._target: Target | None = None
        self._request: Request | None = None
        self._body = bytearray()
        self._headers: list[tuple[str, str]] = []
        self._header_bytes = 0
        self._is_ok = False
        self._refused_peer: str | None = None
        self._stopped_for: Reason | None = None
        self._is_cut = False
        self.is_paused = False

    def prepare(
        self, target: Target, request: Request, timeout_seconds: float, *, reuses_connection: bool = True
    ) -> None:
        self._reset()
        self._target, self._request = target, request
        self.handle.setopt(pycurl.URL, target.url)
        self.handle.setopt(pycurl.TIMEOUT_MS, max(1, int(timeout_seconds * 1000)))
        self.handle.setopt(pycurl.FRESH_CONNECT, 0 if reuses_connection else 1)
        self.handle.setopt(pycurl.FORBID_REUSE, 0 if reuses_connection else 1)
        self.handle.setopt(pycurl.ACCEPT_ENCODING, request.accept_encoding)
        self.handle.setopt(pycurl.HTTPHEADER, [f"Accept: {request.accept}"])
        self.handle.setopt(pycurl.MAXFILESIZE_LARGE, 0 if request.cuts_long_body else request.max_bytes)

    def response(self) -> Response:
        target = self._target
        return Response(
            url=target.url if target else "",
            status=self.handle.getinfo(pycurl.RESPONSE_CODE),
            headers=tuple(self._headers),
            body=bytes(self._body),
        )

    def release(self) -> None:
        """Lets go of the body: a handle that waits for its next use should hold none."""
        self._body = bytearray()
        self._large.active -= self._is_large
        self._is_large = False

    def resume(self) -> None:
        self.is_paused = False
        self.handle.pause(pycurl.PAUSE_CONT)

    def leaves_surplus(self) -> bool:
        """Whether bytes are left on the connection, which curl would read as the next answer."""
        if self.handle.getinfo(pycurl.INFO_HTTP_VERSION) not in _UNFRAMED_VERSIONS:
            return False
        descriptor = self.handle.getinfo(pycurl.ACTIVESOCKET)
        return descriptor >= 0 and _is_readable(descriptor)

    def outcome(self, error: int, message: str) -> Response | Failure:
        """What a transfer that curl ended with an error amounts to."""
        status = self.handle.getinfo(pycurl.RESPONSE_CODE) or None
        if self._is_cut:
            return self.response()
        if self._stopped_for is not None:
            return Failure(self._stopped_for, self._stop_detail(), status)
        if self._refused_peer is not None:
            detail = f"{self._refused_peer} is not a public address"
            return Failure(Reason.ADDRESS_FORBIDDEN, detail, status)
        if error in _TLS_ERRORS:
            return Failure(Reason.TLS_ERROR, message, status)
        interrupted = Reason.INCOMPLETE if self._body else Reason.UNREACHABLE
        return Failure(_REASONS.get(error, interrupted), message, status)

    def _stop_detail(self) -> str:
        if self._stopped_for is Reason.NOT_AN_IMAGE:
            return "the content is not an image"
        limit = self._request.max_bytes if self._request else 0
        return f"headers over {MAX_HEADER_BYTES} or a body over {limit} bytes"

    def _open_socket(
        self, _purpose: int, address: tuple[int, int, int, tuple[str, int]]
    ) -> socket.socket | int:
        family, kind, protocol, peer = address
        is_permitted = (
            self._target is not None
            and family in (socket.AF_INET, socket.AF_INET6)
            and self._guard.permits_peer(self._target, peer[0], peer[1])
        )
        if is_permitted:
            return socket.socket(family, kind, protocol)
        self._refused_peer = str(peer[0])
        bad: int = pycurl.SOCKET_BAD
        return bad

    def _take_header(self, line: bytes) -> int | None:
        self._header_bytes += len(line)
        if self._header_bytes > MAX_HEADER_BYTES:
            self._stopped_for = Reason.TOO_LARGE
            return -1
        if line.startswith(b"HTTP/"):
            self._headers.clear()
            self._is_ok = line.split(maxsplit=2)[1:2] == [b"200"]
            return None
        name, _, value = _text(line).partition(":")
        if name.lower() in _KEPT_HEADERS:
            self._headers.append((name.lower(), value.strip()))
        return None

    def _take_body(self, chunk: bytes) -> int | None:
        request = self._request
        if request is None:
            return -1
        if not self._may_grow(len(chunk)):
            self.is_paused = True
            pause: int = pycurl.WRITEFUNC_PAUSE
            return pause
        room = request.max_bytes - len(self._body)
        self._body += chunk[:room]
        if len(chunk) > room:
            self._is_cut = request.cuts_long_body
            self._stopped_for = Reason.TOO_LARGE
            return -1
        return None if self._is_still_welcome(request, len(chunk)) else -1

    def _may_grow(self, added: int) -> bool:
        if not self._is_large and len(self._body) + added > _LARGE_BYTES and self._large.has_room:
            self._is_large = True
            self._large.active += 1
        return self._is_large or len(self._body) + added <= _LARGE_BYTES

    def _is_still_welcome(self, request: Request, added: int) -> bool:
        """Looks once, when the first bytes are there, so that a film is not fetched to its end."""
        is_first_look = len(self._body) >= _SNIFF_BYTES > len(self._body) - added
        if not is_first_look or request.is_welcome is None:
            return True
        if not self._is_ok or request.is_welcome(bytes(self._body)):
            return True
        self._stopped_for = Reason.NOT_AN_IMAGE
        return False


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _is_readable(descriptor: int) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        return bool(selector.select(0))


def _fixed_options(policy: CrawlPolicy) -> dict[int, object]:
    web = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
    return {
        pycurl.NOSIGNAL: 1,
        pycurl.USERAGENT: policy.user_agent,
        pycurl.PROTOCOLS: web,
        pycurl.REDIR_PROTOCOLS: web,
        pycurl.FOLLOWLOCATION: 0,
        pycurl.PATH_AS_IS: 1,
        pycurl.PROXY: "",
        pycurl.NOPROXY: "*",
        pycurl.NETRC: 0,
        pycurl.HTTP09_ALLOWED: 0,
        pycurl.SSL_VERIFYPEER: 1,
        pycurl.SSL_VERIFYHOST: 2,
        pycurl.CONNECTTIMEOUT_MS: int(policy.connect_timeout_seconds * 1000),
        pycurl.LOW_SPEED_LIMIT: policy.low_speed_bytes,
        pycurl.LOW_SPEED_TIME: policy.low_speed_seconds,
        pycurl.BUFFERSIZE: 256 * 1024,
        **_trust_options(),
    }


def _trust_options() -> dict[int, object]:
    """The wheel's curl knows the certificate store of the machine it was built on, not of this one."""
    if sys.platform in ("win32", "darwin"):
        return {pycurl.SSL_OPTIONS: pycurl.SSLOPT_NATIVE_CA}
    paths = ssl.get_default_verify_paths()
    options: dict[int, object] = {}
    if paths.cafile:
        options[pycurl.CAINFO] = paths.cafile
    if paths.capath:
        options[pycurl.CAPATH] = paths.capath
    return options
