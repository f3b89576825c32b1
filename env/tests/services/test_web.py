import http.server
import subprocess
import threading
from collections.abc import Iterator

import pytest

from env.services.node import node_binary
from env.services.web import server_environment

ASK = (
    "fetch(process.argv[1]).then((reply) => console.log(reply.status), (error) => console.log(error.message))"
)


@pytest.fixture
def registry() -> Iterator[str]:
    """Anybody who would answer."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def ask(url: str) -> str:
    """As any process that Next starts would."""
    argv = [str(node_binary()), "--eval", ASK, url]
    return subprocess.run(
        argv, env=server_environment(), capture_output=True, text=True, check=True
    ).stdout.strip()


def test_next_cannot_ask_for_its_newest_version(registry: str) -> None:
    assert ask(f"{registry}/-/package/next/dist-tags") == "development stays offline"


def test_every_other_question_is_let_through(registry: str) -> None:
    assert ask(f"{registry}/api/v1/projects") == "204"
