from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from backend.core.settings._types import parse_url


class SupabaseSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: str = Field(description="Base URL of the Supabase project.", examples=["https://abc.supabase.co"])
    anon_key: SecretStr | None = Field(default=None, description="Public API key of the Supabase project.")
    service_role_key: SecretStr | None = Field(
        default=None, description="Key that bypasses RLS. Backend only; needed for admin calls."
    )

    @field_validator("url")
    @classmethod
    def _is_base_url(cls, value: str) -> str:
        parse_url(value, frozenset({"http", "https"}))
        return value.rstrip("/")

    @property
    def issuer(self) -> str:
        return f"{self.url}/auth/v1"

    @property
    def jwks_url(self) -> str:
        return f"{self.issuer}/.well-known/jwks.json"
