from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import URL, make_url

from backend.core.settings._types import PostgresUrl

_SUPAVISOR_TRANSACTION_PORT = 6543


class DatabaseSettings(BaseModel):
    # Platforms and tools set DATABASE_* names of their own.
    model_config = ConfigDict(extra="ignore")

    url: PostgresUrl = Field(
        description="PostgreSQL, as the owner of the tables.",
        examples=["postgresql://postgres:postgres@127.0.0.1:54322/postgres"],
    )
    pool_size: int = Field(default=5, ge=1, le=100, description="Connections a process keeps.")
    max_overflow: int = Field(default=10, ge=0, le=100, description="Connections above the pool under load.")
    pool_pre_ping: bool = Field(default=True, description="Test a connection before it is lent.")
    echo: bool = Field(default=False, description="Log every SQL statement.")

    @property
    def sqlalchemy_url(self) -> URL:
        return make_url(self.url.get_secret_value()).set(drivername="postgresql+psycopg")

    @property
    def dsn(self) -> str:
        """What psycopg and libpq take. Holds the password: never log it."""
        return self.sqlalchemy_url.set(drivername="postgresql").render_as_string(hide_password=False)

    @property
    def connect_args(self) -> dict[str, Any]:
        arguments: dict[str, Any] = {"connect_timeout": 5, "application_name": "pixcrawler"}
        if self.sqlalchemy_url.port == _SUPAVISOR_TRANSACTION_PORT:
            # The transaction pooler hands each transaction another server session.
            arguments["prepare_threshold"] = None
        return arguments
