"""Scalars of the manifest."""

import re


class Malformed(ValueError):  # noqa: N818 - reads as a claim about the value
    def __init__(self, what: str, hint: str) -> None:
        self.what, self.hint = what, hint
        super().__init__(what)


_MOST = 1000
_YEAR_SECONDS = 366 * 24 * 3600.0
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def parse_duration(value: object) -> float:
    """Seconds of compose's "1m30s", "500ms"; a bare number is seconds."""
    hint = 'write "10s", "500ms" or "1m30s"'
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Malformed(f"not a duration: {value!r}", hint)
    if isinstance(value, str):
        if not re.fullmatch(r"(\d+(\.\d+)?(ms|s|m|h))+", value, re.ASCII):
            raise Malformed(f"not a duration: {value!r}", hint)
        parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", value)
        value = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if value < 0:
        raise Malformed(f"negative duration: {value!r}", hint)
    if not value <= _YEAR_SECONDS:  # nor is nan
        raise Malformed("longer than a year", hint)
    return float(value)


def parse_port(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 65536:
        raise Malformed(f"not a port: {value!r}", "a port is a number from 1 to 65535")
    return value


def parse_path(value: object) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise Malformed(f"not a path: {value!r}", 'write one such as ".dev/ready"')
    return value


def strings(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Malformed(f"expected a list of strings, not {value!r}", 'write ["a", "b"]')
    if any("\0" in item for item in value):
        raise Malformed("a NUL character, which no program can be given", "remove it")
    return value


def parse_count(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MOST:
        raise Malformed(f"not a whole number from 1 to {_MOST}: {value!r}", f"write {name} = 3")
    return value


def parse_switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise Malformed(f"neither true nor false: {value!r}", "write true or false, without quotes")
    return value
