from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from backend.core.settings._paths import ROOT


class StorageSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    provider: Literal["local"] = Field(default="local", description="Where files are kept.")
    local_path: Path = Field(
        default=Path(".dev/storage"),
        validate_default=True,
        description="Folder of the local provider, relative to the project.",
    )
    signing_key: SecretStr = Field(
        min_length=32,
        description="Signs thumbnail and download addresses: at least 32 random characters.",
        examples=["output of: python -c 'import secrets; print(secrets.token_urlsafe(48))'"],
    )

    @field_validator("local_path")
    @classmethod
    def _is_absolute(cls, path: Path) -> Path:
        return path if path.is_absolute() else ROOT / path
