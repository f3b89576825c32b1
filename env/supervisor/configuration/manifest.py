"""Reads `[tool.pixcrawler.processes.NAME]`. All problems are collected, each with its line and a hint."""

import re
import signal
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from env.supervisor.configuration.healthchecks import parse_healthcheck
from env.supervisor.configuration.positions import PATH, Locator, line_of
from env.supervisor.configuration.specification import Condition, Restart, Settings
from env.supervisor.configuration.values import (
    Malformed,
    parse_count,
    parse_duration,
    parse_port,
    parse_switch,
    strings,
)
from env.supervisor.problems import Problem, closest

TABLE = ".".join(PATH)

T = TypeVar("T")


def parse_manifest(text: str, where: str = "pyproject.toml") -> tuple[dict[str, Settings], list[Problem]]:
    import tomllib  # a plain Procfile starts without it

    text = text.removeprefix("\ufeff")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return {}, [_syntax(text, where, str(error))]
    except RecursionError:
        return {}, [Problem(where, "is nested too deeply", "a process needs three levels")]
    problems: list[Problem] = []
    locate = Locator(text, where)
    tables = _tables(document, text, where, problems)
    return {
        name: _Table(name, table, locate, problems).settings() for name, table in tables.items()
    }, problems


def _syntax(text: str, where: str, error: str) -> Problem:
    found = re.search(r"\(at line (\d+), column \d+\)|\(at end of document\)", error)
    line = found[1] or str(text.rstrip("\n").count("\n") + 1) if found else "1"
    return Problem(f"{where}:{line}", f"not TOML: {error}", "mend the syntax there")


def _tables(document: dict[str, Any], text: str, where: str, problems: list[Problem]) -> dict[str, Any]:
    """The tables of the processes, if there are any. A misspelt way to them would pass in silence."""

    def report(path: tuple[str, ...], what: str, hint: str) -> None:
        problems.append(Problem(f"{where}:{line_of(text, path)}", what, hint))

    table: Any = document
    for depth, key in enumerate(PATH):
        others = table.keys() - {key}
        # Others live beside [tool.pixcrawler]; what is inside of it is meant for us.
        if others and (key not in table or key == PATH[-1]) and (near := _resembling(key, others)):
            path = (*PATH[:depth], near)
            report(path, f"unknown table '{'.'.join(path)}'", f"did you mean [{TABLE}.NAME]?")
        table = table.get(key, {})
        if not isinstance(table, dict):
            report(PATH[: depth + 1], f"'{key}' is not a table", f"write [{TABLE}.NAME]")
            return {}
    return dict(table)


def _resembling(key: str, others: Iterable[str]) -> str | None:
    import difflib  # only on the way to an error

    return next(iter(difflib.get_close_matches(key, others, 1, 0.8)), None)


class _Table:
    def __init__(self, name: str, table: object, locate: Locator, problems: list[Problem]) -> None:
        self._name, self._locate, self._problems = name, locate, problems
        self._table: dict[str, Any] = {}
        if isinstance(table, dict):
            self._table = table
        else:
            self._report(None, Malformed(f"'{name}' is not a table", f"write [{TABLE}.{name}]"))

    def settings(self) -> Settings:
        default = Settings()
        for key in sorted(self._table.keys() - set(_KEYS)):
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
        path = (self._name, key) if key else (self._name,)
        self._problems.append(Problem(self._locate(*path), f"{'.'.join(path)}: {error.what}", error.hint))


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
        raise Malformed(f"unknown policy {value!r}", closest(str(value), Restart))
    return Restart(str(value))


def _signal(value: object) -> signal.Signals:
    names = {member.name for member in signal.Signals}
    name = str(value) if str(value).startswith("SIG") else f"SIG{value}"
    if name not in names:
        raise Malformed(f"unknown signal {value!r}", closest(name, names))
    return signal.Signals[name]
