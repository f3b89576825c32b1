import http.server
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from env.services.node import node_binary
from env.services.places import ServiceError
from env.services.web import production_command, server_environment

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


class TestProduction:
    def test_serves_what_was_built(self, tmp_path: Path) -> None:
        entrance, build = tmp_path / "node_modules/next/dist/bin/next", tmp_path / ".next/BUILD_ID"
        for path in (entrance, build):
            path.parent.mkdir(parents=True)
            path.touch()
        assert production_command(3100, "0.0.0.0", tmp_path) == [  # noqa: S104 - as a container does
            *(str(node_binary()), str(entrance), "start"),
            *("--port", "3100", "--hostname", "0.0.0.0"),  # noqa: S104
        ]

    def test_builds_nothing_itself(self, tmp_path: Path) -> None:
        # What the development server writes there is no build.
        (tmp_path / ".next/dev").mkdir(parents=True)
        with pytest.raises(ServiceError, match="is not built; run: "):
            production_command(3100, "127.0.0.1", tmp_path)
