from typing import Literal

from backend.schemas.base import Answer, with_examples

ComponentStatus = Literal["ok", "degraded", "down"]


class Live(Answer):
    model_config = with_examples({"status": "ok"})

    status: Literal["ok"] = "ok"


class Component(Answer):
    status: ComponentStatus
    detail: str


class Health(Answer):
    model_config = with_examples(
        {
            "status": "degraded",
            "components": {
                "database": {"status": "ok", "detail": "answers"},
                "workers": {"status": "degraded", "detail": "no worker has been seen lately"},
            },
        }
    )

    status: ComponentStatus
    components: dict[str, Component]
