import http.server
import threading
from collections.abc import Iterator

import pytest

from env import development

LOCAL = {
    "root": {"SUPABASE_URL": "http://127.0.0.1:54321"},
    "backend": {
        "DATABASE_URL": "postgresql://postgres:postgres@127.0.0.1:54322/postgres",
        "CELERY_BROKER_URL": "redis://127.0.0.1:56379/2",
    },
    "frontend": {
        "NEXT_PUBLIC_APP_URL": "http://localhost:3000",
        "NEXT_PUBLIC_API_URL": "http://localhost:8000",
    },
}


class TestReplacedProcesses:
    def test_are_none_when_everything_points_here(self) -> None:
        assert development.replaced(LOCAL) == []

    def test_may_be_written_with_the_name_of_this_machine(self) -> None:
        backend = {**LOCAL["backend"], "CELERY_BROKER_URL": "redis://localhost:56379/2"}
        assert development.replaced({**LOCAL, "backend": backend}) == []

    def test_are_those_whose_address_is_elsewhere(self) -> None:
        backend = {
            "DATABASE_URL": "postgresql://u:p@db.example:5432/app",
            "CELERY_BROKER_URL": "redis://r:6379/0",
        }
        assert development.replaced({**LOCAL, "backend": backend}) == ["postgres", "redis"]

    def test_take_the_mailbox_along_with_auth(self) -> None:
        root = {"SUPABASE_URL": "https://project.supabase.co"}
        assert development.replaced({**LOCAL, "root": root}) == ["auth", "mailbox"]


class TestWarming:
    @pytest.fixture
    def asked(self) -> Iterator[tuple[str, list[str]]]:
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

    def test_asks_for_each_route_whatever_comes_back(self, asked: tuple[str, list[str]]) -> None:
        address, paths = asked
        development.warm(address)
        assert paths == list(development.WARM_ROUTES)

    def test_needs_nobody_to_answer(self) -> None:
        development.warm("http://127.0.0.1:9")
