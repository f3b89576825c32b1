"""Can the production processes work with what they were given? `python -m env.production api worker`

A line a fault, before anything is started; the exit code is 1 then.
"""

import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from backend.core.settings import InvalidSettingsError, get_settings
from env.services.node import FRONTEND
from env.services.places import ROOT
from env.services.web import is_built
from env.variables import Environment, load
from env.variables.inventory import FRONTEND_TIER, TIERS, Tier


def faults(names: Collection[str], root: Path = ROOT) -> Iterator[str]:
    loaded, tiers = load(root), _read_by(names)
    if missing := [name for tier in tiers for name in _missing(tier, loaded)]:
        files = ", ".join(tier.file for tier in tiers)
        yield f"not set: {', '.join(missing)}; give them in the environment or in {files}"
        return
    known = {tier.file for tier in tiers} | {v.name for tier in tiers for v in tier.variables}
    yield from (str(fault) for fault in loaded.faults if known & {fault.file, fault.variable})
    if "web" in names and not is_built():
        yield f"{FRONTEND.name} is not built; run: python -m env.frontend build"


def frontend_faults(root: Path = ROOT) -> Iterator[str]:
    """What only production refuses. Next itself knows nothing of that."""
    tiers = load(root).tiers
    is_production = tiers["root"].get("PIXCRAWLER_ENVIRONMENT") == "production"
    for variable in FRONTEND_TIER.variables if is_production else ():
        if variable.example and tiers["frontend"][variable.name] == variable.example:
            yield f"{variable.name} ({FRONTEND_TIER.file}): is development's own; production needs another"


def backend_faults() -> Iterator[str]:
    """What the backend itself says, which is stricter in production."""
    try:
        get_settings()
    except InvalidSettingsError as error:
        yield from error.lines


def _read_by(names: Collection[str]) -> list[Tier]:
    has_web, has_others = "web" in names, bool(set(names) - {"web"})
    return [tier for tier in TIERS if (has_web if tier.name == "frontend" else has_others)]


def _missing(tier: Tier, loaded: Environment) -> Iterator[str]:
    values = loaded.tiers[tier.name]
    return (v.name for v in tier.variables if v.required and not values.get(v.name))


def main(names: Collection[str]) -> int:
    found = list(faults(names)) or [
        *(frontend_faults() if "web" in names else ()),
        *(backend_faults() if set(names) - {"web"} else ()),
    ]
    for fault in found:
        print(f"cannot start: {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
