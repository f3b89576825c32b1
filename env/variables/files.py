"""One .env file, read with python-dotenv's grammar, which pydantic-settings uses too."""

from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream


@dataclass(frozen=True, slots=True)
class EnvFile:
    """`lines` says where each name stands; `broken` are the numbers of lines that are no assignment."""

    exists: bool
    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    broken: tuple[int, ...] = ()
    unreadable: str | None = None


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
    # python-dotenv logs a line it can't parse; here it is reported, so it is left out first.
    sound = StringIO("".join(binding.original.string for binding in bindings if not binding.error))
    return EnvFile(
        exists=True,
        values={name: value for name, value in dotenv_values(stream=sound).items() if value is not None},
        lines={binding.key: binding.original.line for binding in bindings if binding.key},
        broken=tuple(binding.original.line for binding in bindings if binding.error),
    )
