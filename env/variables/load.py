"""Read the three tiers as the services will, and say what is wrong without saying any value.

Names the variable, the file, the line and the valid values. A variable of the real environment wins over
the files.
"""

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from env.services.places import ROOT
from env.variables.files import EnvFile, read
from env.variables.inventory import TIERS, VARIABLES, Tier, Variable
from env.variables.values import API_KEY

_MEND_MISSING = "write the missing file with: invoke dev"


@dataclass(frozen=True, slots=True)
class Problem:
    file: str
    variable: str | None
    message: str
    line: int | None = None
    fatal: bool = True

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.message}"


@dataclass(frozen=True, slots=True)
class Environment:
    """`tiers` maps a tier's name to its effective values; a variable that isn't set is absent."""

    tiers: Mapping[str, Mapping[str, str]]
    problems: tuple[Problem, ...]

    @property
    def faults(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.fatal)


class VariablesError(RuntimeError):
    """Raise when something can't start with the variables it has; the text is a line per fault."""


def load(root: Path = ROOT, environment: Mapping[str, str] | None = None) -> Environment:
    real = os.environ if environment is None else environment
    tiers: dict[str, Mapping[str, str]] = {}
    problems: list[Problem] = []
    for tier in TIERS:
        file = read(tier.path(root))
        tiers[tier.name] = _effective(tier, file, real)
        problems += _unreadable(tier, file)
        problems += _faults(tier, file, tiers[tier.name], real)
        problems += _misspelt(tier, file)
    problems += _unequal(tiers)
    return Environment(tiers, tuple(problems))


def require(root: Path = ROOT, environment: Mapping[str, str] | None = None) -> Environment:
    """Raise VariablesError when a variable is missing or its value can't be used."""
    loaded = load(root, environment)
    if loaded.faults:
        raise VariablesError("\n".join(map(str, loaded.faults)))
    return loaded


def _effective(tier: Tier, file: EnvFile, real: Mapping[str, str]) -> dict[str, str]:
    names = [variable.name for variable in tier.variables]
    both = {**file.values, **real}
    return {name: both[name] for name in names if name in both}


def _unreadable(tier: Tier, file: EnvFile) -> Iterator[Problem]:
    if file.unreadable:
        yield Problem(tier.file, None, file.unreadable)
    for line in file.broken:
        yield Problem(tier.file, None, "is not of the form NAME=value", line)


def _faults(
    tier: Tier, file: EnvFile, values: Mapping[str, str], real: Mapping[str, str]
) -> Iterator[Problem]:
    missing = [v.name for v in tier.variables if v.required and not values.get(v.name)]
    if file.unreadable:  # that is told, and what it holds nobody knows
        missing = []
    if missing and not file.exists:
        yield Problem(tier.file, None, f"is missing, and with it {', '.join(missing)}; {_MEND_MISSING}")
        missing = []
    for variable in tier.variables:
        name, value = variable.name, values.get(variable.name, "")
        source, line = ("the environment", None) if name in real else (tier.file, file.lines.get(name))
        if name in missing:
            yield Problem(
                source, name, f"{name} is not set; it needs {_valid(variable)}{_fresh(tier, variable)}", line
            )
        elif value and not variable.values.accepts(value):
            yield Problem(source, name, f"{name} must be {_valid(variable)}", line)


def _fresh(tier: Tier, variable: Variable) -> str:
    """Who copies the example file has none of the secrets that development makes up."""
    is_made = variable.generate or variable.values is API_KEY
    return f"; for a local one remove {tier.file} and run invoke dev" if is_made else ""


def _valid(variable: Variable) -> str:
    hint = f", for example {variable.example}" if variable.example and not variable.secret else ""
    return f"{variable.values.phrase}{hint}"


def _misspelt(tier: Tier, file: EnvFile) -> Iterator[Problem]:
    """Other names are none of our business: platforms and people keep theirs in the same file."""
    for name, line in file.lines.items():
        if name not in VARIABLES and (near := difflib.get_close_matches(name, VARIABLES, 1, 0.88)):
            yield Problem(tier.file, name, f"{name} is read by nobody; meant {near[0]}?", line, fatal=False)


def _unequal(tiers: Mapping[str, Mapping[str, str]]) -> Iterator[Problem]:
    effective = {name: value for values in tiers.values() for name, value in values.items()}
    for tier in TIERS:
        for variable in tier.variables:
            mine, other = effective.get(variable.name), effective.get(variable.same_as or "")
            if mine and other and mine.rstrip("/") != other.rstrip("/"):
                message = f"{variable.name} differs from {variable.same_as} in .env; make them equal"
                yield Problem(tier.file, variable.name, message, fatal=False)
