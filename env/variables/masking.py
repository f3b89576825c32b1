"""How a value is shown: never a secret, also where none belongs, and of its length only the class."""

import re
from typing import Final

from env.variables.inventory import Variable

# Strict, so that nothing of a password that breaks an address can pass for another part of it.
_ADDRESS: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+]*://)"
    r"(?:(?P<user>[^:@/?#\s]*)(?P<password>:[^@/?#\s]*)?@)?"
    r"(?P<place>(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:/[\w.~-]*)*)"
    r"(?P<query>\?[^\s#]*)?"
)
# A wrong word has to be seen to be put right; what is longer may be a key in the wrong line.
_WORD: Final = re.compile(r"[^\r\n]{1,15}")
_LENGTHS: Final = ((16, "under 16 characters"), (64, "16 to 63 characters"))


def shown(variable: Variable, value: str) -> str:
    """On one line, and without what a terminal would obey."""
    text = _masked(variable, value)
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def _masked(variable: Variable, value: str) -> str:
    if not value:
        return "(empty)"
    if not variable.secret and not variable.values.accepts(value) and not _WORD.fullmatch(value):
        return hidden(value)
    if not variable.secret and not re.search(r"[@?#]", value):
        return value
    address = _ADDRESS.fullmatch(value)
    if address is None:
        return hidden(value) if variable.secret or "://" in value else value
    # A user alone may be a token.
    user = "***@" if address["user"] is not None else ""
    if address["password"]:
        user = f"{address['user']}:***@"
    query = "?***" if address["query"] else ""
    return f"{address['scheme']}{user}{address['place']}{query}"


def hidden(value: str) -> str:
    length = next((words for bound, words in _LENGTHS if len(value) < bound), "64 characters or more")
    return f"*** ({length})"
