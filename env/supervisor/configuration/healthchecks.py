"""The `healthcheck` table of the manifest."""

import re
from urllib.parse import urlsplit

from env.supervisor.configuration.specification import Check, Healthcheck
from env.supervisor.configuration.values import (
    Malformed,
    parse_count,
    parse_duration,
    parse_path,
    parse_port,
    strings,
)
from env.supervisor.problems import closest

_OPTIONS = {"start_period", "start_interval", "interval", "timeout", "retries"}


def parse_healthcheck(value: object) -> Healthcheck:
    if not isinstance(value, dict):
        raise Malformed("expected a table", "write healthcheck = { tcp = 5432 }")
    for key in value.keys() - _OPTIONS - {*Check}:
        raise Malformed(f"unknown key '{key}'", closest(key, [*_OPTIONS, *Check]))
    kinds = [check for check in Check if check in value]
    if len(kinds) != 1:
        raise Malformed(f"needs exactly one of {', '.join(Check)}", "write healthcheck = { tcp = 5432 }")
    default = Healthcheck(kinds[0], "")
    return Healthcheck(
        kind=kinds[0],
        target=_target(kinds[0], value[kinds[0]]),
        start_period_seconds=parse_duration(value.get("start_period", default.start_period_seconds)),
        interval_seconds=_positive(value.get("interval", default.interval_seconds)),
        timeout_seconds=_positive(value.get("timeout", default.timeout_seconds)),
        retries=parse_count(value.get("retries", default.retries), "retries"),
        start_interval_seconds=_positive(value["start_interval"]) if "start_interval" in value else None,
    )


def _target(kind: Check, value: object) -> str | tuple[str, ...]:
    match kind:
        case Check.TCP:
            return _address(value)
        case Check.HTTP:
            return _url(value)
        case Check.LOG:
            return _pattern(value)
        case Check.EXEC:
            if command := tuple(strings(value)):
                return command
            raise Malformed("the command is empty", 'write exec = ["pg_isready", "-q"]')
        case Check.FILE:
            return parse_path(value)


def _address(value: object) -> str:
    host, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", value)
    host = host.removeprefix("[").removesuffix("]")
    if not re.fullmatch(r"[\w.:-]*", host) or not _is_name(host):
        raise Malformed(f"not a host: {host!r}", 'write tcp = 5432 or tcp = "db.example:5432"')
    if isinstance(port, str) and re.fullmatch(r"\d{1,5}", port, re.ASCII):
        port = int(port)
    return f"{host or '127.0.0.1'}:{parse_port(port)}"


def _url(value: object) -> str:
    hint = 'write http = "http://127.0.0.1:8000/health"; for anything else there is exec'
    try:
        parts = urlsplit(str(value))
        is_whole = parts.scheme == "http" and parts.port != 0 and not re.search(r"[\s\x00-\x1f]", str(value))
        if is_whole and parts.hostname and _is_name(parts.hostname):
            return str(value)
    except ValueError:  # a port that is none
        pass
    raise Malformed(f"not a plain http address: {value!r}", hint)


def _is_name(host: str) -> bool:
    if host.isascii():
        return all(len(label) < 64 for label in host.split("."))
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True


def _pattern(value: object) -> str:
    hint = 'write log = "ready to accept"'
    if not isinstance(value, str):
        raise Malformed(f"not a regular expression: {value!r}", hint)
    try:
        re.compile(value.encode())
    except re.error as error:
        raise Malformed(f"not a regular expression: {error}", hint) from None
    return value


def _positive(value: object) -> float:
    if seconds := parse_duration(value):
        return seconds
    raise Malformed("must be longer than nothing", 'write "10s"')
