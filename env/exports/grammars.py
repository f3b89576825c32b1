"""Env files that a target reads by itself, in a grammar which is not quite python-dotenv's."""

import re
from collections.abc import Iterator

from env.exports.application import Application

_NAME = r"(?P<name>[A-Za-z_]\w*)"
# What all read as the same text: nothing that begins a quote, an escape, a comment or another variable.
_PLAIN = r"[^\s'\"\\#$`]*"
KUBECTL_LINE = re.compile(rf"{_NAME}={_PLAIN}", re.ASCII)
# Like python-dotenv, but for $NAME without braces, which it fills in.
COMPOSE_LINE = re.compile(r".*='[^']*'|([^$]|\$\{)*")
SYSTEMD_LINE = re.compile(rf"{_NAME}=({_PLAIN}|'[^'\\]*'|\"[^\"\\$`]*\")", re.ASCII)


def read_differently(
    app: Application,
    reader: str,
    grammar: re.Pattern[str],
    mend: str = "write NAME=value, without quotes, $ and comment",
) -> Iterator[str]:
    """Names the lines, never a value; of files that are not here nothing is known."""
    for path in dict.fromkeys(path for service in app.services for path in service.env_files):
        try:
            text = (app.root / path).read_text("utf-8-sig")
        except (FileNotFoundError, UnicodeDecodeError):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip() and not line.lstrip().startswith("#") and not grammar.fullmatch(line.strip()):
                yield f"{path}:{number} may mean something else to {reader}: {mend}"
