from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from backend.core.settings._env_files import LayeredEnvFiles
from backend.core.settings._paths import ENV_FILES
from backend.core.settings._production import production_faults
from backend.core.settings.celery import CelerySettings
from backend.core.settings.cors import CorsSettings
from backend.core.settings.crawler import CrawlerSettings
from backend.core.settings.database import DatabaseSettings
from backend.core.settings.errors import UnsafeForProductionError
from backend.core.settings.redis import RedisSettings
from backend.core.settings.server import ServerSettings
from backend.core.settings.storage import StorageSettings
from backend.core.settings.supabase import SupabaseSettings


class CommonSettings(ServerSettings, CorsSettings, BaseSettings):
    """Every setting of the backend. A group's name prefixes its variables: `database.url` is DATABASE_URL."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILES,
        env_file_encoding="utf-8",
        env_nested_delimiter="_",
        env_nested_max_split=1,
        extra="ignore",
        frozen=True,
        # An error message must not print the secret it refuses.
        hide_input_in_errors=True,
    )

    database: DatabaseSettings
    supabase: SupabaseSettings
    storage: StorageSettings
    redis: RedisSettings = Field(default_factory=RedisSettings)
    celery: CelerySettings = Field(default_factory=CelerySettings)
    crawler: CrawlerSettings = Field(default_factory=CrawlerSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        assert isinstance(dotenv_settings, DotEnvSettingsSource)  # noqa: S101 - narrows the type
        layers = LayeredEnvFiles(settings_cls, env_file=dotenv_settings.env_file)
        return init_settings, env_settings, layers, file_secret_settings

    @model_validator(mode="after")
    def _is_fit_for_its_environment(self) -> Self:
        if self.is_production and (faults := list(production_faults(self))):
            raise UnsafeForProductionError(faults)
        return self
