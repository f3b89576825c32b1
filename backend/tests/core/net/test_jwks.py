import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from backend.core.net.jwks import JwksCache, KeysUnavailableError


@contextmanager
def answering(body: bytes, promised: int | None = None) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body) if promised is None else promised))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    "body",
    [
        b'{"keys": []}',
        b'{"keys": "x"}',
        b'{"keys": [{"kty": "oct", "k": "aaaa", "kid": "a"}]}',
        b'{"keys": [{"kty": "EC", "kid": ["a"]}]}',
        b"[]",
        b"<html>",
        b"\xff\xfe",
        b"",
    ],
    ids=repr,
)
def test_what_is_no_key_set_counts_as_no_answer(body: bytes):
    with answering(body) as url, pytest.raises(KeysUnavailableError):
        asyncio.run(JwksCache(url).key("a"))


def test_half_an_answer_counts_as_none():
    with answering(b'{"keys": [', promised=100) as url, pytest.raises(KeysUnavailableError):
        asyncio.run(JwksCache(url).key("a"))
