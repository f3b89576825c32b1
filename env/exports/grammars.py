"""Env files that a target reads by itself, in a grammar which is not quite python-dotenv's."""

import re
from collections.abc import Iterator

from env.exports.application import Application

_NAME = r"(?P<name>[A-Za-z_]\w*)"
# What all read as the same text: nothing that begins a quote, an escape, a comment or another variable.
_PLAIN = r"[^\s'\"\\#$`]*"
KUBECTL_LINE = re.compile(rf"{_NAME}={_PLAIN}", re.ASCII)
SYSTEMD_LINE = re.compile(rf"{_NAME}=({_PLAIN}|'[^'\\]*'|\"[^\"\\$`]*\")", re.ASCII)


def read_differently(app: Application, reader: str, grammar: re.Pattern[str]) -> Iterator[str]:
    """Names the lines, never a value; of files that are not here nothing is known."""
    for path in dict.fromkeys(path for service in app.services for path in service.env_files):
        try:
            text = (app.root / path).read_text("utf-8-sig")
        except (FileNotFoundError, UnicodeDecodeError):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip() and not line.lstrip().startswith("#") and not grammar.fullmatch(line.strip()):
                what = f"{path}:{number} may mean something else to {reader}"
                yield f"{what}: write NAME=value, without quotes, $ and comment"
