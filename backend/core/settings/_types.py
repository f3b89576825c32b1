"""Types of setting values that more than one group uses."""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode


def _split_commas(value: object) -> object:
    if isinstance(value, str):
        return tuple(item.strip() for item in value.split(",") if item.strip())
    return value


CommaList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_commas)]


def parse_url(value: str, schemes: frozenset[str]) -> SplitResult:
    """Raises ValueError that names the valid schemes and never repeats the value: it may hold a password."""
    try:
        url = urlsplit(value)
        _ = url.port
    except ValueError:
        raise ValueError("is not a valid URL") from None
    if url.scheme not in schemes:
        raise ValueError(f"must be a URL that starts with {' or '.join(f'{s}://' for s in sorted(schemes))}")
    return url


def _secret_url(*schemes: str) -> Callable[[SecretStr], SecretStr]:
    def validate(value: SecretStr) -> SecretStr:
        parse_url(value.get_secret_value(), frozenset(schemes))
        return value

    return validate


PostgresUrl = Annotated[
    SecretStr, AfterValidator(_secret_url("postgres", "postgresql", "postgresql+psycopg"))
]
RedisUrl = Annotated[SecretStr, AfterValidator(_secret_url("redis", "rediss", "unix"))]
