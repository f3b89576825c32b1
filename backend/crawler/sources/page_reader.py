"""Reads pages in a process of its own: a few bytes of markup can keep a parser busy for hours or crash it."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from backend.crawler.records import Candidate, Page

# The process limits its own CPU time to less; this is for machines under load, and for Windows.
TIMEOUT_SECONDS = 10.0
_TICK_SECONDS = 0.1


class UnreadablePageError(Exception):
    """Raised when a page takes the parser too long or brings it down."""


class PageOptedOutError(Exception):
    """Raised when the page itself asks not to be collected; the message is the directive."""


def read_page(
    content: bytes,
    url: str,
    product_token: str,
    max_candidates: int,
    on_tick: Callable[[], None] | None = None,
) -> Page:
    """Raises UnreadablePageError or PageOptedOutError."""
    question = json.dumps({"url": url, "product_token": product_token, "max_candidates": max_candidates})
    answer = json.loads(_ask(question.encode() + b"\n" + content, on_tick))
    if answer["opt_out"] is not None:
        raise PageOptedOutError(answer["opt_out"])
    candidates = tuple(Candidate(**candidate) for candidate in answer["candidates"])
    return Page(answer["final_url"], answer["title"], candidates)


def _ask(message: bytes, on_tick: Callable[[], None] | None) -> bytes:
    command = [sys.executable, "-m", "backend.crawler.sources.page_process"]
    # A file, because communicate() does not go on sending its input after a timeout.
    with tempfile.TemporaryFile() as question:
        question.write(message)
        question.seek(0)
        with subprocess.Popen(
            command, stdin=question, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
        ) as process:
            try:
                answer = _wait(process, on_tick)
            finally:
                process.kill()
    if process.returncode != 0:
        raise UnreadablePageError(f"the parser ended with {process.returncode}")
    return answer


def _wait(process: subprocess.Popen[bytes], on_tick: Callable[[], None] | None) -> bytes:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        try:
            return process.communicate(timeout=_TICK_SECONDS)[0]
        except subprocess.TimeoutExpired:
            if on_tick is not None:
                on_tick()
    raise UnreadablePageError(f"not parsed within {TIMEOUT_SECONDS:.0f} seconds")


def _environment() -> dict[str, str]:
    """Nothing but the way to our own code: what parses foreign markup must not hold secrets."""
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8"}
    if "SYSTEMROOT" in os.environ:
        environment["SYSTEMROOT"] = os.environ["SYSTEMROOT"]  # Python on Windows does not start without it
    return environment
