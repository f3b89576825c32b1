"""The other end of `page_reader`: a question and a page come in, an answer goes out."""

import json
import sys
from dataclasses import asdict

from backend.crawler.sources.web_page import WebPage

_MAX_MEMORY_BYTES = 1 << 30
_MAX_CPU_SECONDS = 2


def answer(question: dict[str, str], max_candidates: int, content: bytes) -> dict[str, object]:
    page = WebPage(content, question["url"])
    opt_out = page.opt_out(question["product_token"])
    if opt_out is not None:
        return {"opt_out": opt_out}
    return {"opt_out": None, **asdict(page.read(max_candidates))}


def main() -> None:
    _limit_resources()
    question = json.loads(sys.stdin.buffer.readline())
    found = answer(question, question["max_candidates"], sys.stdin.buffer.read())
    json.dump(found, sys.stdout)


def _limit_resources() -> None:
    if sys.platform != "win32":
        import resource  # there is none on Windows

        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (_MAX_CPU_SECONDS, _MAX_CPU_SECONDS))


if __name__ == "__main__":
    main()
