from pydantic import BaseModel, ConfigDict


class FieldError(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457. Carries where a fault is, never the value that was sent."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/not-found",
                    "title": "Not found",
                    "status": 404,
                    "detail": "There is no such project.",
                    "request_id": "5e1f0c7e5a3b4d6f8a9b0c1d2e3f4a5b",
                }
            ]
        },
    )

    type: str
    title: str
    status: int
    detail: str
    request_id: str | None
    errors: list[FieldError] | None = None
