"""Where in a TOML document something stands; tomllib keeps no positions."""

import time
from collections.abc import Sequence

# A hostile document may not take for ever to complain about: then the line is a guess from above.
_PATIENCE_SECONDS = 1.0

PATH = ("tool", "pixcrawler", "processes")


class Locator:
    """For problems that are found when all of the manifest is read."""

    def __init__(self, text: str = "", where: str = "manifest") -> None:
        self._text, self._where = text, where

    def __call__(self, *path: str) -> str:
        """File and line; `path` begins with the name of a process."""
        return f"{self._where}:{line_of(self._text, (*PATH, *path))}" if self._text else self._where


def line_of(text: str, path: Sequence[str]) -> int:
    """The line where the statement begins that first sets `path`, or as much of it as there is.

    Found by parsing beginnings of the document: one that ends between two statements is a document itself.
    """
    lines = text.split("\n")
    while path and not _has(text, path):
        path = path[:-1]
    if not path:
        return 1
    without, having = 0, len(lines)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while having - without > 1 and time.monotonic() < deadline:
        middle = (without + having) // 2
        # Inside of a statement of several lines: look for one of its ends.
        for number in (*range(middle, having), *range(middle - 1, without, -1)):
            if (found := _has("\n".join(lines[:number]), path)) is not None:
                having, without = (number, without) if found else (having, number)
                break
            if time.monotonic() >= deadline:
                break
        else:
            break
    return without + 1


def _has(text: str, path: Sequence[str]) -> bool | None:
    """None when this is no document."""
    import tomllib

    try:
        table: object = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    for key in path:
        if not isinstance(table, dict) or key not in table:
            return False
        table = table[key]
    return True
