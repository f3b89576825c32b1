"""The crawl engine: usable without server or database."""

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
