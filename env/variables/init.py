"""Working .env files for development, written where there are none."""

import os
from collections.abc import Mapping
from pathlib import Path

from env.services.auth.keys import ensure_signing_key, mint_api_key
from env.services.places import ROOT, refuse_production
from env.variables import render
from env.variables.inventory import TIERS, Tier, Variable
from env.variables.load import load


def create_missing(root: Path = ROOT) -> list[str]:
    """Write each tier's file that is missing, with fresh secrets; return what was written.

    Raise ServiceError in production. A file that exists is never touched. Only its owner can read a new one.
    """
    refuse_production("a .env file with fresh secrets")
    written = []
    for tier in TIERS:
        # A link to nowhere is somebody's too.
        if tier.path(root).exists() or tier.path(root).is_symlink():
            continue
        _write(tier.path(root), render.working_file(tier, _values(tier, root)))
        written.append(tier.file)
    return written


def _values(tier: Tier, root: Path) -> dict[str, str]:
    known = {name: value for values in load(root).tiers.values() for name, value in values.items()}
    return {variable.name: _value(variable, root, known) for variable in tier.variables}


def _value(variable: Variable, root: Path, known: Mapping[str, str]) -> str:
    if variable.same_as and variable.same_as in known:
        return known[variable.same_as]
    if variable.api_key:
        return mint_api_key(ensure_signing_key(root / ".dev" / "auth"), variable.api_key)
    return variable.generate() if variable.generate else variable.example


def _write(path: Path, text: str) -> None:
    """Fails rather than overwrites, should somebody else write it in this very moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
