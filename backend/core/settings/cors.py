from urllib.parse import urlsplit

from pydantic import BaseModel, Field, field_validator

from backend.core.settings._types import CommaList


class CorsSettings(BaseModel):
    allowed_origins: CommaList = Field(
        default=("http://localhost:3000", "http://127.0.0.1:3000"),
        description="Exact origins of the web app, comma separated.",
        examples=["https://app.pixcrawler.example"],
    )

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            url = urlsplit(origin)
            if origin != "*" and (
                url.scheme not in {"http", "https"} or origin != f"{url.scheme}://{url.netloc}"
            ):
                raise ValueError("must be a comma list of origins like https://app.pixcrawler.example")
        return origins
