from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Status(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Result:
    """`fix` is a command or a deed that mends it; `details` are further findings, a line each."""

    status: Status
    message: str
    fix: str | None = None
    details: tuple[str, ...] = ()


class Check(Protocol):
    """What a module of this package offers."""

    NAME: str

    def run(self) -> Result: ...


def ok(message: str) -> Result:
    return Result(Status.OK, message)


def warn(message: str, fix: str, details: tuple[str, ...] = ()) -> Result:
    return Result(Status.WARN, message, fix, details)


def fail(message: str, fix: str, details: tuple[str, ...] = ()) -> Result:
    return Result(Status.FAIL, message, fix, details)
