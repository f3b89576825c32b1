"""Which URLs a job may start from. Judged before anything is stored; the crawler judges again."""

from collections.abc import Iterator, Sequence

from backend.core.exceptions import UnprocessableError
from backend.crawler.guard import MAX_URL_LENGTH, ForbiddenUrlError, Guard

_MOST_ERRORS = 20


def normalise_sources(lines: Sequence[str], allowed_hosts: Sequence[str]) -> list[str]:
    """The URLs in the one spelling the crawler uses, each once, blank lines left out.

    Raises UnprocessableError, which names the lines but never repeats them.
    """
    guard = Guard(frozenset(allowed_hosts))
    urls: dict[str, None] = {}
    errors: list[dict[str, str]] = []
    for number, line in _filled(lines):
        try:
            url = guard.parse(line).url
        except ForbiddenUrlError as refusal:
            errors.append(_error(number, refusal.detail))
        else:
            if len(url) > MAX_URL_LENGTH:
                errors.append(_error(number, f"longer than {MAX_URL_LENGTH} characters when encoded"))
            urls[url] = None
        if len(errors) == _MOST_ERRORS:
            break
    if not urls and not errors:
        errors.append({"field": "sources", "message": "needs at least one URL"})
    if errors:
        raise UnprocessableError(errors)
    return list(urls)


def _filled(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines):
        if text := line.strip(" \t\r\n"):
            yield number, text


def _error(index: int, detail: str) -> dict[str, str]:
    return {"field": f"sources.{index}", "message": f"line {index + 1}: {detail}"}
