import http.server
import socket
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


def test_a_server_may_hang_up_in_between() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            for _ in ROUTES:
                connection, _ = server.accept()
                connection.recv(4096)
                connection.close()

        thread = threading.Thread(target=hang_up, daemon=True)
        thread.start()
        warm(f"http://127.0.0.1:{server.getsockname()[1]}")
        thread.join(5)
        assert not thread.is_alive()
