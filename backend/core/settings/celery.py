from pydantic import BaseModel, ConfigDict, Field, SecretStr

from backend.core.settings._types import RedisUrl


class CelerySettings(BaseModel):
    # Celery reads CELERY_* names of its own.
    model_config = ConfigDict(extra="ignore")

    broker_url: RedisUrl = Field(
        default=SecretStr("redis://127.0.0.1:56379/2"), description="Redis that carries task hints."
    )
    task_time_limit: int = Field(default=120, ge=10, le=3600, description="Seconds until a task is killed.")
    worker_concurrency: int = Field(default=2, ge=1, le=64, description="Processes of a worker.")
