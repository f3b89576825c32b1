from pydantic import BaseModel, ConfigDict, Field, SecretStr

from backend.core.settings._types import RedisUrl


class RedisSettings(BaseModel):
    # Container platforms inject REDIS_PORT and the like for a service of that name.
    model_config = ConfigDict(extra="ignore")

    url: RedisUrl = Field(
        default=SecretStr("redis://127.0.0.1:56379/0"), description="Redis for heartbeats and shared facts."
    )

    @property
    def dsn(self) -> str:
        """Holds the password: never log it."""
        return self.url.get_secret_value()
