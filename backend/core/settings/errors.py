"""
InvalidSettingsError           what a process prints and stops with: one line a fault
UnsafeForProductionError       raised inside validation; becomes lines of the former
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from backend.core.settings._paths import BACKEND_FILE, ROOT, ROOT_FILE

if TYPE_CHECKING:
    from backend.core.settings.base import CommonSettings

_ROOT_TIER = ("PIXCRAWLER_", "SUPABASE_", "LOG_LEVEL")


class UnsafeForProductionError(PydanticCustomError):
    def __new__(cls, faults: Sequence[tuple[str, str]]) -> "UnsafeForProductionError":
        context = {"faults": list(faults)}
        return super().__new__(cls, "unsafe_for_production", "unsafe for production", context)


class InvalidSettingsError(ValueError):
    """Names variable, file and valid values; never a value."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("The settings cannot be used:\n" + "\n".join(f"  {line}" for line in lines))


def invalid_settings(error: ValidationError, model: type["CommonSettings"]) -> InvalidSettingsError:
    lines: list[str] = []
    for detail in error.errors(include_url=False, include_input=False):
        lines.extend(_lines(detail, model))
    return InvalidSettingsError(lines)


def _lines(detail: ErrorDetails, model: type["CommonSettings"]) -> Iterator[str]:
    if detail["type"] == "unsafe_for_production":
        for variable, fault in detail["ctx"]["faults"]:
            yield f"{variable} ({_file_of(variable)}): {fault}"
        return
    path = [str(part) for part in detail["loc"]]
    if detail["type"] == "missing" and len(path) == 1 and (group := _group(model, path[0])):
        for name, field in group.model_fields.items():
            if field.is_required():
                yield _line(f"{path[0]}_{name}".upper(), "is missing", field)
        return
    variable = "_".join(path).upper()
    yield _line(variable, _fault(detail), _field(model, path))


def _fault(detail: ErrorDetails) -> str:
    match detail["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not a setting; check the spelling"
        case _:
            return detail["msg"].removeprefix("Value error, ")


def _line(variable: str, fault: str, field: FieldInfo | None) -> str:
    text = f"{variable} ({_file_of(variable)}): {fault}"
    if field is None:
        return text
    if field.description:
        text += f". {field.description}"
    if field.examples:
        text += f" Example: {field.examples[0]}"
    return text


def _group(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    field = model.model_fields.get(name)
    annotation = field.annotation if field else None
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _field(model: type[BaseModel], path: Sequence[str]) -> FieldInfo | None:
    name = path[0].lower()
    if name == "pixcrawler_environment":
        name = "environment"
    if len(path) > 1 and (group := _group(model, name)):
        return group.model_fields.get(path[1])
    return model.model_fields.get(name)


def _file_of(variable: str) -> str:
    file = ROOT_FILE if variable.startswith(_ROOT_TIER) else BACKEND_FILE
    return file.relative_to(ROOT).as_posix()
