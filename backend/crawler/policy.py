from dataclasses import dataclass

DEFAULT_USER_AGENT = "PixCrawler/0.1"
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class CrawlPolicy:
    """How a crawl behaves towards the network and what it takes for an image.

    `allowed_hosts` holds exact `host:port` pairs that the address guard lets through: for development only.
    """

    user_agent: str = DEFAULT_USER_AGENT
    allowed_hosts: frozenset[str] = frozenset()

    min_size: int = 64
    max_pixels: int = 50_000_000
    max_bytes: int = 32 * MEBIBYTE
    max_page_bytes: int = 8 * MEBIBYTE
    max_candidates: int = 2_000

    connections: int = 16
    connections_per_host: int = 6
    host_failures_before_giving_up: int = 6
    max_crawl_delay_seconds: float = 5.0

    connect_timeout_seconds: float = 10.0
    deadline_seconds: float = 30.0
    low_speed_bytes: int = 1_024
    low_speed_seconds: int = 10
    max_redirects: int = 5
    max_attempts: int = 3
    retry_pause_seconds: float = 0.5
    max_retry_after_seconds: float = 10.0

    @property
    def product_token(self) -> str:
        """The name that robots.txt and X-Robots-Tag address us by (RFC 9309 §2.2.1)."""
        return self.user_agent.split("/", 1)[0].strip()
