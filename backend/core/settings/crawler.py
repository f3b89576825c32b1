import re

from pydantic import BaseModel, ConfigDict, Field, field_validator

from backend.core.settings._types import CommaList

_HOST_AND_PORT = re.compile(r"[A-Za-z0-9.\-]+:[0-9]{1,5}|\[[0-9A-Fa-f:.]+\]:[0-9]{1,5}")


class CrawlerSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    allowed_hosts: CommaList = Field(
        default=(),
        description="Exact host:port pairs the address guard lets through. Development only.",
        examples=["127.0.0.1:54326"],
    )
    user_agent: str = Field(
        default="PixCrawler/0.1 (+https://github.com/pixcrawler)",
        min_length=1,
        max_length=256,
        pattern=r"^[\x20-\x7e]+$",
        description="Names the crawler to the sites it visits.",
    )

    @field_validator("allowed_hosts")
    @classmethod
    def _are_exact(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_HOST_AND_PORT.fullmatch(host) for host in hosts):
            raise ValueError("must be a comma list of exact host:port pairs like 127.0.0.1:54326")
        return hosts
