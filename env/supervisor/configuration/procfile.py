"""Honcho's Procfile grammar, except that a line Honcho would drop in silence is a problem with a hint."""

import re
from typing import NamedTuple

from env.supervisor.problems import Problem

PROCFILE_LINE = re.compile(r"^([A-Za-z0-9_-]+):\s*(.+)$")
# Linux takes 128 KiB in one argument.
_LONGEST_COMMAND_BYTES = 128 * 1024 - 64


class Entry(NamedTuple):
    name: str
    command: str
    line: int
    file: str = "Procfile"

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}"


def parse_procfile(text: str, where: str = "Procfile") -> tuple[dict[str, Entry], list[Problem]]:
    entries: dict[str, Entry] = {}
    problems = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = PROCFILE_LINE.match(line)
        if match is None or not match[2].strip():
            problems.append(
                Problem(f"{where}:{number}", f"not 'name: command': {_start(line)!r}", _hint(line))
            )
        elif (name := match[1]) in entries:
            hint = f"rename it; '{name}' is already on line {entries[name].line}"
            problems.append(Problem(f"{where}:{number}", f"'{name}' appears twice", hint))
        elif fault := _fault(command := match[2].strip()):
            problems.append(Problem(f"{where}:{number}", f"'{name}' cannot be started: {fault[0]}", fault[1]))
        else:
            entries[name] = Entry(name, command, number, where)
    if not entries and not problems:
        problems.append(Problem(where, "no process in it", "add a line such as 'web: python -m http.server'"))
    return entries, problems


def _start(line: str) -> str:
    return line if len(line) <= 80 else f"{line[:80]}..."


def _fault(command: str) -> tuple[str, str] | None:
    """What no system would execute, and what to do about it."""
    if "\0" in command:
        return "its command has a NUL character", "remove it"
    if len(command.encode(errors="surrogateescape")) > _LONGEST_COMMAND_BYTES:
        return f"its command has {len(command)} characters", "put it into a script"
    return None


def _hint(line: str) -> str:
    name, colon, command = line.partition(":")
    if not colon:
        return "put a name and a colon before the command"
    if name[:1].isspace():
        return "remove the blanks at the start of the line"
    if name != name.rstrip():
        return f"remove the blank before the colon: '{name.rstrip()}:{command}'"
    if " " in name.strip():
        return f"put a colon after the name: '{name.split()[0]}: ...'"
    if not name:
        return "put a name before the colon"
    if not command.strip():
        return "put a command after the colon"
    return "a name is made of letters, digits, '-' and '_'"
