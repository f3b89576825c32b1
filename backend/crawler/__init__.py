"""The crawl engine: usable without server or database.

Names are loaded when they are asked for: who only needs the guard (the API) or reads a page (a process of its
own) should not pay for curl, numpy and Pillow.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.crawler.dedup import NEAR_DUPLICATE_DISTANCE, ProjectIndex
    from backend.crawler.pipeline import Crawler
    from backend.crawler.policy import CrawlPolicy
    from backend.crawler.reasons import Reason
    from backend.crawler.records import Accepted, Candidate, Known, Outcome, Page, Refused
    from backend.crawler.sources.url_list import read_url_list

__all__ = [
    "NEAR_DUPLICATE_DISTANCE",
    "Accepted",
    "Candidate",
    "CrawlPolicy",
    "Crawler",
    "Known",
    "Outcome",
    "Page",
    "ProjectIndex",
    "Reason",
    "Refused",
    "read_url_list",
]

_HOMES = {
    "dedup": ("NEAR_DUPLICATE_DISTANCE", "ProjectIndex"),
    "pipeline": ("Crawler",),
    "policy": ("CrawlPolicy",),
    "reasons": ("Reason",),
    "records": ("Accepted", "Candidate", "Known", "Outcome", "Page", "Refused"),
    "sources.url_list": ("read_url_list",),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"backend.crawler.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
