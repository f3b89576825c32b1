from typing import Literal

from pydantic import AliasChoices, BaseModel, Field


class ServerSettings(BaseModel):
    environment: Literal["development", "test", "production"] = Field(
        default="development",
        validation_alias=AliasChoices("PIXCRAWLER_ENVIRONMENT", "ENVIRONMENT", "environment"),
        description="Which rules apply: development, test or production.",
    )
    debug: bool = Field(default=False, description="Verbose development behaviour. Refused in production.")
    host: str = Field(default="127.0.0.1", description="Address the API binds to.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port the API binds to.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least severe level that is logged."
    )

    @property
    def is_production(self) -> bool:
        return self.environment == "production"
