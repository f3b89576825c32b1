"""Where Next reads a line of frontend/.env otherwise than python-dotenv, as @next/env 16 does.

It fills in `$NAME` even in a value that the real environment brings, so quotes do not help there.
"""

import re
from collections.abc import Container, Iterator, Mapping

from env.variables.files import Assignment, EnvFile

_STATEMENT = re.compile(r"\s*(?:export\s+)?(?P<name>'[^']+'|[^=#\s]+)\s*(?:=(?P<raw>.*))?", re.DOTALL)
_ESCAPE = {"'": re.compile(r"\\[\\']"), '"': re.compile(r"\\[\\'\"abftv]")}


def differences(files: Mapping[str, EnvFile]) -> Iterator[tuple[str, Assignment, str]]:
    """File, assignment, and what differs with what to write instead."""
    placed = [(file, assignment) for file, content in files.items() for assignment in content.assignments]
    names = [assignment.name for _, assignment in placed]
    for number, (file, assignment) in enumerate(placed):
        # Both fill in a reference alike when its name is set once, and above.
        sound = {name for name in names[:number] if names.count(name) == 1}
        if found := _difference(assignment, sound):
            yield file, assignment, found


def _difference(assignment: Assignment, sound: Container[str]) -> str | None:
    statement = _STATEMENT.match(assignment.statement)
    if not statement or not re.fullmatch(r"[\w.-]+", statement["name"], re.ASCII):
        return "Next reads only names of letters, digits, '_', '.' and '-'"
    raw = statement["raw"]
    if raw is None:
        return "a name alone says nothing to Next, and unsets it for others; write NAME= or remove the line"
    quote = raw.lstrip()[:1]
    if quote == "`":
        return "Next takes backticks for quotes; put the value in single quotes"
    if quote not in _ESCAPE and re.search(r"(?<!\s)#", raw):
        return "Next cuts the value at '#'; put it in single quotes"
    if quote in _ESCAPE and _ESCAPE[quote].search(raw):
        return "Next keeps a backslash that others take for an escape; write the value without it"
    if _has_odd_dollar(assignment.text or "", sound):
        return "Next fills in '$' in ways of its own; write %24 in an address, or avoid it"
    return None


def _has_odd_dollar(text: str, sound: Container[str]) -> bool:
    rest = re.sub(r"(?<!\\)\$\{(\w+)\}", lambda found: "" if found[1] in sound else found[0], text)
    return re.search(r"\\\$|\$[\w${]", rest) is not None
