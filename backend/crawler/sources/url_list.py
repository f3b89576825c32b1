from collections.abc import Iterable, Iterator

from backend.crawler.records import Candidate


def read_url_list(lines: Iterable[str]) -> Iterator[Candidate]:
    """A candidate per distinct URL; empty lines and lines that start with # are passed over.

    A broken URL stays in: the crawl refuses it with a reason, so that nothing disappears without a trace.
    """
    seen: set[str] = set()
    for line in lines:
        url = line.strip().removeprefix("\ufeff").strip()
        if url and not url.startswith("#") and url not in seen:
            seen.add(url)
            yield Candidate(url)
