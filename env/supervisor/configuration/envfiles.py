"""The `env_file` of the manifest, in python-dotenv's grammar: each file F, then F.local; the later wins."""

from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from env.supervisor.configuration.textfile import read_text
from env.supervisor.problems import ConfigurationError, Problem

if TYPE_CHECKING:
    from dotenv.parser import Binding


def read_env_files(folder: Path, paths: Iterable[str]) -> dict[str, str]:
    """Those that exist. `${NAME}` is what the real environment says, or else what stands above.

    Raises ConfigurationError with every line that is wrong, never with a value.
    """
    files = [folder / name for path in paths for name in (path, f"{path}.local")]
    if not any(file.exists() for file in files):
        return {}
    from dotenv.main import resolve_variables  # takes 30 ms, and a plain Procfile needs none

    problems: list[Problem] = []
    bindings = [(b.key, b.value) for file in files for b in _bindings(file, problems) if b.key is not None]
    if problems:
        raise ConfigurationError(problems)
    resolved = resolve_variables(bindings, override=False)
    return {name: value for name, value in resolved.items() if value is not None}


def _bindings(file: Path, problems: list[Problem]) -> "list[Binding]":
    from dotenv.parser import parse_stream

    if not file.exists():
        return []
    try:
        text = read_text(file)
    except ConfigurationError as error:
        problems += error.problems
        return []
    bindings = list(parse_stream(StringIO(text)))
    problems += [found for binding in bindings if (found := _judge(file, binding))]
    return bindings


def _judge(file: Path, binding: "Binding") -> Problem | None:
    # A statement begins with the empty lines above it.
    statement = binding.original.string
    line = binding.original.line + statement[: len(statement) - len(statement.lstrip())].count("\n")
    if binding.error:
        hint = "write NAME=value, close every quote, begin a comment with #"
        return Problem(f"{file}:{line}", "is not of the form NAME=value", hint)
    if "\0" in (binding.key or "") + (binding.value or ""):
        return Problem(f"{file}:{line}", "has a NUL character, which no variable can hold", "remove it")
    return None
