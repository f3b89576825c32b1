"""Whether the .env files are there, private and valid, and whether the local keys fit each other."""

import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from env.checks.result import Result, fail, ok, warn
from env.services.auth.keys import KEY_FILE, SigningKeyError, ensure_signing_key, is_api_key
from env.services.places import ROOT
from env.services.ports import USUAL
from env.variables import Problem, load
from env.variables.files import read
from env.variables.inventory import FRONTEND_TIER, TIERS
from env.variables.layers import ENVIRONMENT
from env.variables.next_loader import differences

NAME = "env files"
_NEXTS_OWN = ("frontend/.env.development", "frontend/.env.development.local")
_RENEW = ".env frontend/.env && invoke dev"


def run() -> Result:
    return judge(ROOT)


def judge(root: Path, environment: Mapping[str, str] | None = None) -> Result:
    absent = tuple(tier.file for tier in TIERS if not tier.path(root).exists())
    loaded = load(root, environment)
    if loaded.faults:
        if all(problem.file in absent for problem in loaded.faults):
            return warn(f"{', '.join(absent)} not written yet", "invoke dev")
        # A name that is misspelt explains the one that is missing.
        lines = tuple(map(str, sorted(loaded.problems, key=lambda problem: not problem.fatal)))
        return fail(lines[0], _edit(loaded.faults[0].file), lines[1:])
    try:
        foreign = _foreign_keys(root, loaded.tiers["root"])
    except SigningKeyError as error:
        return fail(str(error), f"rm .dev/auth/{KEY_FILE} {_RENEW}")
    if foreign:
        return fail(f"not signed by the key in .dev/auth, so nobody could sign in: {foreign}", f"rm {_RENEW}")
    if open_files := _open_files(root):
        return warn(f"{', '.join(open_files)} can be read by others", f"chmod 600 {' '.join(open_files)}")
    if found := [*loaded.problems, *_read_otherwise_by_next(root)]:
        lines = tuple(map(str, found))
        return warn(lines[0], _edit(found[0].file), lines[1:])
    return ok(f"{len(TIERS) - len(absent)} of {len(TIERS)} files, all variables valid")


def _edit(file: str) -> str:
    if file == ENVIRONMENT:
        return f"change {file}"
    words = next((f" (its words: {tier.example_file})" for tier in TIERS if file in tier.files), "")
    return f"edit {file}{words}"


def _open_files(root: Path) -> list[str]:
    if sys.platform == "win32":
        return []
    files = (file for tier in TIERS for file in tier.files if (root / file).exists())
    return [file for file in files if stat.S_IMODE((root / file).stat().st_mode) & 0o077]


def _read_otherwise_by_next(root: Path) -> Iterator[Problem]:
    files = {file: read(root / file) for file in FRONTEND_TIER.files}
    for file, assignment, difference in differences(files):
        message = f"{assignment.name} is not the same to all: {difference}"
        yield Problem(file, assignment.name, message, assignment.line, fatal=False)
    for file in _NEXTS_OWN:
        if (root / file).exists():
            message = "is read by Next alone; move its lines to frontend/.env.local"
            yield Problem(file, None, message, fatal=False)


def _foreign_keys(root: Path, values: Mapping[str, str]) -> str:
    """Keys of an earlier `.dev` look right and open nothing: its key went with it."""
    address = urlsplit(values.get("SUPABASE_URL", ""))
    keys = root / ".dev" / "auth"
    if address.hostname not in {"127.0.0.1", "localhost"} or address.port != USUAL["auth"]:
        return ""
    key = ensure_signing_key(keys) if (keys / KEY_FILE).exists() else None
    names = ("SUPABASE_ANON_KEY", "SUPABASE_SERVICE_ROLE_KEY")
    return ", ".join(name for name in names if name in values and not (key and is_api_key(key, values[name])))
