"""The text of a .env file: the same words in the example and in the working file."""

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping

from env.variables.inventory import Tier, Variable

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=*\-]*")
_WIDTH = 100


def example(tier: Tier) -> str:
    opening = (
        f"{tier.about} Copy to {tier.file}, or let `invoke dev` write it with fresh secrets. "
        f"{_precedence(tier)}"
    )
    return _render(tier, opening, lambda variable: variable.example)


def working_file(tier: Tier, values: Mapping[str, str]) -> str:
    opening = (
        f"{tier.about} Written once and yours to change; {tier.example_file} explains it. {_precedence(tier)}"
    )
    return _render(tier, opening, lambda variable: values[variable.name])


def _precedence(tier: Tier) -> str:
    return f"A line in {tier.files[1]} wins over this file, and a variable of the real environment over both."


def _render(tier: Tier, opening: str, value: Callable[[Variable], str]) -> str:
    blocks = [_comment(opening)]
    for variable in tier.variables:
        lines = (*_facts(variable), f"{variable.name}={_quoted(value(variable))}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _facts(variable: Variable) -> Iterator[str]:
    yield _comment(variable.purpose)
    need = "Required" if variable.required else "Optional"
    yield _comment(f"{need}{', secret' if variable.secret else ''}: {variable.values.phrase}.")
    if variable.same_as:
        yield _comment(f"The same as {variable.same_as} in .env.")


def _comment(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _quoted(value: str) -> str:
    """Single quotes where a reader could trip, over blanks, # or $."""
    return value if _PLAIN.fullmatch(value) else f"'{value}'"
