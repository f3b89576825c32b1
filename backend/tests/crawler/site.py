"""A local site that behaves as badly as its routes say, and a trap that must stay empty."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    @property
    def site(self) -> "Site":
        assert isinstance(self.server, Server)
        return self.server.site

    def do_GET(self) -> None:
        site, path = self.site, self.path
        site.requests.append(Seen(path, self.headers))
        route = site.routes.get(path) or site.routes.get(path.partition("?")[0])
        with contextlib.suppress(OSError):
            if route is None:
                answer(self, 404)
            else:
                route(self)

    def log_message(self, *arguments) -> None:
        pass


Route = Callable[[Exchange], None]


@dataclass
class Seen:
    path: str
    headers: Message


@dataclass
class Site:
    host: str
    routes: dict[str, Route] = field(default_factory=dict)
    requests: list[Seen] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def serve(self, path: str, body: bytes, status: int = 200, **headers: str) -> str:
        self.routes[path] = lambda exchange: answer(exchange, status, body, headers)
        return self.url(path)

    def route(self, path: str, route: Route) -> str:
        self.routes[path] = route
        return self.url(path)

    def asked(self, path: str) -> int:
        return sum(seen.path == path for seen in self.requests)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    site: Site

    def handle_error(self, request, client_address) -> None:
        """Clients that hang up in the middle are what these tests are about."""


def answer(exchange: Exchange, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
    exchange.send_response(status)
    named = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
    if "content-length" not in {name.lower() for name in named}:
        named["Content-Length"] = str(len(body))
    for name, value in named.items():
        exchange.send_header(name, value)
    exchange.end_headers()
    exchange.wfile.write(body)


def raw(content: bytes) -> Route:
    def send(exchange: Exchange) -> None:
        exchange.wfile.write(content)
        exchange.close_connection = True

    return send


def redirect(location: str, status: int = 302) -> Route:
    return lambda exchange: answer(exchange, status, b"", {"Location": location})


@contextmanager
def running_site(address: str = "127.0.0.1") -> Iterator[Site]:
    server = Server((address, 0), Exchange)
    server.site = Site(f"{address}:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.site
    finally:
        server.site.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Trap:
    """Listens on every address of this machine, IPv4 and IPv6, and counts who comes."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._sockets = [socket.create_server(("0.0.0.0", 0), backlog=256)]  # noqa: S104
        self.port: int = self._sockets[0].getsockname()[1]
        with contextlib.suppress(OSError):
            self._sockets.append(
                socket.create_server(
                    ("::", self.port), family=socket.AF_INET6, backlog=256, dualstack_ipv6=False
                )
            )
        for listener in self._sockets:
            listener.setblocking(False)
            self._selector.register(listener, selectors.EVENT_READ)

    def visitors(self) -> int:
        count = 0
        while ready := self._selector.select(0.05):
            for key, _ in ready:
                assert isinstance(key.fileobj, socket.socket)
                connection, _ = key.fileobj.accept()
                connection.close()
                count += 1
        return count

    def close(self) -> None:
        self._selector.close()
        for listener in self._sockets:
            listener.close()
