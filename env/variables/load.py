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
from env.variables.files import EnvFile
from env.variables.inventory import ROOT_TIER, TIERS, VARIABLES, Tier, Variable
from env.variables.layers import PARTS, Layers, Setting
from env.variables.values import PUBLIC_KEY, SECRET_KEY

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
    layers = Layers(root, os.environ if environment is None else environment)
    tiers = {tier.name: _effective(tier, layers) for tier in TIERS}
    problems = [*unreadable(layers.files)]
    for tier in TIERS:
        problems += _missing(tier, layers)
        problems += _invalid(tier, layers)
    problems += _misspelt(layers.files)
    problems += _unequal(layers)
    return Environment(tiers, tuple(problems))


def require(root: Path = ROOT, environment: Mapping[str, str] | None = None) -> Environment:
    """Raise VariablesError when a variable is missing or its value can't be used."""
    loaded = load(root, environment)
    if loaded.faults:
        raise VariablesError("\n".join(map(str, loaded.faults)))
    return loaded


def _effective(tier: Tier, layers: Layers) -> dict[str, str]:
    found = {variable.name: layers.of(variable.name, tier.name) for variable in tier.variables}
    return {name: settings[0].value for name, settings in found.items() if settings}


def unreadable(files: Mapping[str, EnvFile]) -> Iterator[Problem]:
    for name, file in files.items():
        if file.unreadable:
            yield Problem(name, None, file.unreadable)
        for line in file.broken:
            yield Problem(name, None, "is not of the form NAME=value", line)


def _missing(tier: Tier, layers: Layers) -> Iterator[Problem]:
    if any(layers.files[file].unreadable for file in tier.files):
        return  # that is told, and what it holds nobody knows
    values = _effective(tier, layers)
    missing = [variable for variable in tier.variables if variable.required and not values.get(variable.name)]
    if missing and not layers.files[tier.file].exists:
        names = ", ".join(variable.name for variable in missing)
        yield Problem(tier.file, None, f"is missing, and with it {names}; {_MEND_MISSING}")
        return
    for variable in missing:
        name = variable.name
        empty = next(iter(layers.of(name, tier.name)), Setting(tier.file, None, ""))
        message = f"{name} is not set; it needs {_valid(variable)}{_fresh(tier, variable)}"
        yield Problem(empty.file, name, message, empty.line)


def _invalid(tier: Tier, layers: Layers) -> Iterator[Problem]:
    """A part may say what one before it says too, and is then judged by its own word."""
    told = {wins for variable in tier.variables for wins in layers.of(variable.name, tier.name)[:1]}
    for part, tiers in PARTS.items():
        for variable in tier.variables if tier in tiers else ():
            for wins in layers.of(variable.name, part)[:1]:
                is_news = part == tier.name or wins not in told
                if is_news and wins.value and not variable.values.accepts(wins.value):
                    message = f"{variable.name} must be {_valid(variable)}"
                    yield Problem(wins.file, variable.name, message, wins.line)


def _fresh(tier: Tier, variable: Variable) -> str:
    """Who copies the example file has none of the secrets that development makes up."""
    is_made = variable.generate or variable.values in (PUBLIC_KEY, SECRET_KEY)
    return f"; for a local one remove {tier.file} and run invoke dev" if is_made else ""


def _valid(variable: Variable) -> str:
    hint = f", for example {variable.example}" if variable.example and not variable.secret else ""
    return f"{variable.values.phrase}{hint}"


def _misspelt(files: Mapping[str, EnvFile]) -> Iterator[Problem]:
    """Other names are none of our business: platforms and people keep theirs in the same file."""
    for file, content in files.items():
        for name, line in content.lines.items():
            if name not in VARIABLES and (meant := _meant(name)):
                message = f"{name} is read by nobody; meant {meant}?"
                if meant == name.upper():  # pydantic-settings reads it all the same
                    message = f"{name} must be written {meant}: not every part reads it like this"
                yield Problem(file, name, message, line, fatal=False)


def _meant(name: str) -> str | None:
    return next(iter(difflib.get_close_matches(name.upper(), VARIABLES, 1, 0.88)), None)


def _unequal(layers: Layers) -> Iterator[Problem]:
    for tier in TIERS:
        for variable in tier.variables:
            mine = next(iter(layers.of(variable.name, tier.name)), None)
            other = next(iter(layers.of(variable.same_as or "", ROOT_TIER.name)), None)
            if mine and other and "" not in (mine.value, other.value) and not _equal(mine.value, other.value):
                message = f"{variable.name} differs from {variable.same_as} ({other}); make them equal"
                yield Problem(mine.file, variable.name, message, mine.line, fatal=False)


def _equal(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")
