"""Whether the .env files are there, private and valid, and whether the local keys fit each other."""

import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from env.checks.result import Result, fail, ok, warn
from env.services.auth.keys import KEY_FILE, SigningKeyError, ensure_signing_key, is_api_key
from env.services.places import ROOT
from env.variables import load
from env.variables.inventory import TIERS

NAME = "env files"
_ISSUER_PORT = 54321


def run() -> Result:
    return judge(ROOT)


def judge(root: Path, environment: Mapping[str, str] | None = None) -> Result:
    absent = tuple(tier.file for tier in TIERS if not tier.path(root).exists())
    loaded = load(root, environment)
    if loaded.faults:
        faults = tuple(str(problem) for problem in loaded.faults)
        if all(problem.file in absent for problem in loaded.faults):
            return warn(f"{', '.join(absent)} not written yet", "invoke dev")
        return fail(faults[0], _edit(loaded.faults[0].file), faults[1:])
    if foreign := _foreign_keys(root, loaded.tiers["root"]):
        return fail(f"{foreign} is not signed by this checkout's key", "rm .env frontend/.env && invoke dev")
    if open_files := _open_files(root):
        return warn(f"{', '.join(open_files)} can be read by others", f"chmod 600 {' '.join(open_files)}")
    if loaded.problems:
        lines = tuple(str(problem) for problem in loaded.problems)
        return warn(lines[0], _edit(loaded.problems[0].file), lines[1:])
    return ok(f"{len(TIERS) - len(absent)} of {len(TIERS)} files, all variables valid")


def _edit(file: str) -> str:
    return (
        f"edit {file} (its words: {file}.example)"
        if "/" in file or file.startswith(".")
        else f"change {file}"
    )


def _open_files(root: Path) -> list[str]:
    if sys.platform == "win32":
        return []
    present = (tier for tier in TIERS if tier.path(root).exists())
    return [tier.file for tier in present if stat.S_IMODE(tier.path(root).stat().st_mode) & 0o077]


def _foreign_keys(root: Path, values: Mapping[str, str]) -> str:
    """Keys of an earlier `.dev` look right and open nothing."""
    address = urlsplit(values.get("SUPABASE_URL", ""))
    keys = root / ".dev" / "auth"
    if address.hostname not in {"127.0.0.1", "localhost"} or address.port != _ISSUER_PORT:
        return ""
    if not (keys / KEY_FILE).exists():
        return ""
    try:
        key = ensure_signing_key(keys)
    except SigningKeyError:
        return KEY_FILE
    names = ("SUPABASE_ANON_KEY", "SUPABASE_SERVICE_ROLE_KEY")
    return ", ".join(name for name in names if name in values and not is_api_key(key, values[name]))
