import http.server
import threading
from collections.abc import Iterator

import pytest

from env.services.warm import ROUTES, warm


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    paths: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(500)

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", paths
        server.shutdown()


def test_every_route_is_asked_for_whatever_comes_back(asked: tuple[str, list[str]]) -> None:
    address, paths = asked
    warm(address)
    assert paths == list(ROUTES)


def test_nobody_needs_to_answer() -> None:
    warm("http://127.0.0.1:9")
