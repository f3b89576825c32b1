"""One .env file, read with python-dotenv's grammar, which pydantic-settings uses too."""

from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from dotenv.parser import Binding, parse_stream


class Assignment(NamedTuple):
    """`text` comes before `${NAME}` is filled in; it is None for a name alone, which unsets it."""

    name: str
    text: str | None
    line: int
    statement: str
    """As it stands in the file, quotes and all."""


@dataclass(frozen=True, slots=True)
class EnvFile:
    """`broken` are the numbers of lines that are no assignment."""

    exists: bool
    assignments: tuple[Assignment, ...] = ()
    broken: tuple[int, ...] = ()
    unreadable: str | None = None

    @property
    def values(self) -> dict[str, str]:
        return {found.name: found.text for found in self.assignments if found.text is not None}

    @property
    def lines(self) -> dict[str, int]:
        return {found.name: found.line for found in self.assignments}


def read(path: Path) -> EnvFile:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return EnvFile(exists=False)
    except UnicodeDecodeError:
        return EnvFile(exists=True, unreadable="is not UTF-8 text; save it as UTF-8")
    except OSError as error:
        return EnvFile(exists=True, unreadable=f"can't be read: {error.strerror}")
    bindings = list(parse_stream(StringIO(text)))
    return EnvFile(
        exists=True,
        assignments=tuple(
            Assignment(binding.key, binding.value, _line_of(binding), binding.original.string.strip())
            for binding in bindings
            if binding.key is not None
        ),
        broken=tuple(_line_of(binding) for binding in bindings if binding.error),
    )


def _line_of(binding: Binding) -> int:
    """A statement begins with the empty lines above it."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
