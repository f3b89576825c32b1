"""Reads `[tool.pixcrawler.processes.NAME]`. All problems are collected, each with its line and a hint."""

import re
import signal
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from env.supervisor.healthchecks import parse_healthcheck
from env.supervisor.problems import Problem, closest
from env.supervisor.specification import Condition, Restart, Settings
from env.supervisor.values import Malformed, parse_count, parse_duration, parse_port, parse_switch, strings

TABLE = "tool.pixcrawler.processes"

T = TypeVar("T")


def parse_manifest(text: str, where: str = "pyproject.toml") -> tuple[dict[str, Settings], list[Problem]]:
    import tomllib  # a plain Procfile starts without it

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return {}, [Problem(where, f"not TOML: {error}", "mend the syntax on that line")]
    tables: Any = document
    for key in TABLE.split("."):
        tables = tables.get(key, {}) if isinstance(tables, dict) else {}
    problems: list[Problem] = []
    settings = {}
    for name, table in tables.items():
        reader = _Table(name, table, text, where, problems)
        settings[name] = reader.settings()
    return settings, problems


class _Table:
    def __init__(self, name: str, table: object, text: str, where: str, problems: list[Problem]) -> None:
        self._name, self._text, self._where, self._problems = name, text, where, problems
        self._table: dict[str, Any] = {}
        if isinstance(table, dict):
            self._table = table
        else:
            self._report(None, Malformed(f"'{name}' is not a table", f"write [{TABLE}.{name}]"))

    def settings(self) -> Settings:
        default = Settings()
        for key in self._table.keys() - set(_KEYS):
            self._report(key, Malformed(f"unknown key '{key}'", closest(key, _KEYS)))
        ports, variables = self._read("ports", _ports, (default.ports, default.port_variables))
        return Settings(
            ports=ports,
            depends_on=self._read("depends_on", _depends_on, default.depends_on),
            healthcheck=self._read("healthcheck", parse_healthcheck, default.healthcheck),
            restart=self._read("restart", _restart, default.restart),
            stop_signal=self._read("stop_signal", _signal, default.stop_signal),
            stop_grace_seconds=self._read("stop_grace_period", parse_duration, default.stop_grace_seconds),
            profiles=self._read("profiles", lambda value: frozenset(strings(value)), default.profiles),
            port_variables=variables,
            env_files=self._read("env_file", lambda value: tuple(strings(value)), default.env_files),
            watch=self._read("watch", lambda value: tuple(strings(value)), default.watch),
            scale=self._read("scale", parse_scale, default.scale),
            stdin_open=self._read("stdin_open", parse_switch, default.stdin_open),
        )

    def _read(self, key: str, parse: Callable[[Any], T], default: T) -> T:
        if key not in self._table:
            return default
        try:
            return parse(self._table[key])
        except Malformed as error:
            self._report(key, error)
            return default

    def _report(self, key: str | None, error: Malformed) -> None:
        where = f"{self._where}:{_line_of(self._text, self._name, key)}"
        subject = f"{self._name}.{key}" if key else self._name
        self._problems.append(Problem(where, f"{subject}: {error.what}", error.hint))


_KEYS = (
    "ports", "depends_on", "healthcheck", "restart", "stop_signal", "stop_grace_period", "profiles",
    "env_file", "watch", "scale", "stdin_open",
)  # fmt: skip


def parse_scale(value: object) -> int:
    if value == 0 and not isinstance(value, bool):
        raise Malformed("0 copies are none", "leave it out with --skip, or give it a profile")
    return parse_count(value, "scale")


def _ports(value: object) -> tuple[tuple[int, ...], Mapping[str, int]]:
    """Every port once, and the variables that name some."""
    if isinstance(value, list):
        return tuple(dict.fromkeys(map(parse_port, value))), {}
    if not isinstance(value, dict):
        raise Malformed("expected a list of ports", "write ports = [8000] or ports = { API_PORT = 8000 }")
    for variable in value:
        if not re.fullmatch(r"[A-Za-z_]\w*", variable, re.ASCII):
            hint = "letters, digits and '_', such as API_PORT"
            raise Malformed(f"'{variable}' is no name of a variable", hint)
    return tuple(dict.fromkeys(map(parse_port, value.values()))), value


def _depends_on(value: object) -> dict[str, Condition]:
    if isinstance(value, list):
        return dict.fromkeys(strings(value), Condition.STARTED)
    if not isinstance(value, dict):
        raise Malformed("expected a table", 'write depends_on = { postgres = "service_healthy" }')
    for condition in value.values():
        if condition not in [*Condition]:
            raise Malformed(f"unknown condition {condition!r}", closest(str(condition), Condition))
    return {name: Condition(condition) for name, condition in value.items()}


def _restart(value: object) -> Restart:
    if value not in [*Restart]:
        raise Malformed(f"unknown policy {value!r}", f"one of: {', '.join(Restart)}")
    return Restart(str(value))


def _signal(value: object) -> signal.Signals:
    names = {member.name for member in signal.Signals}
    name = str(value) if str(value).startswith("SIG") else f"SIG{value}"
    if name not in names:
        raise Malformed(f"unknown signal {value!r}", closest(name, names))
    return signal.Signals[name]


def _line_of(text: str, name: str, key: str | None) -> int:
    """tomllib keeps no positions: look for the table's header and, below it, for the key."""
    header = re.compile(rf"""^\s*\[\s*{re.escape(TABLE)}\.["']?{re.escape(name)}["']?(\.|\s*\])""")
    found = 0
    for number, line in enumerate(text.splitlines(), 1):
        if header.match(line):
            found = number
            if key and f".{key}" in line:
                return number
        elif found and line.lstrip().startswith("["):
            break
        elif found and key and re.match(rf"""\s*["']?{re.escape(key)}\b""", line):
            return number
    return found or 1
