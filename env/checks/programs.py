"""Whether a program that a check has found also starts on this machine."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from env.checks.result import Result, fail, ok
from env.services.places import ROOT, ServiceError

_FIX = "uv sync --reinstall"


def answers(find: Callable[[], Path], fix: str = _FIX) -> Result:
    try:
        program = find()
    except ServiceError as error:
        return fail(str(error), fix)
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return fail(f"{program} does not start: {error}", fix)
    if told.returncode != 0:
        return fail(f"{program} does not start: {told.stderr.strip()[-200:]}", fix)
    version = re.search(r"\d+\.[\d.]*\d", told.stdout)
    return ok(f"{version.group() if version else 'without a version'} · {_shown(program)}")


def _shown(program: Path) -> Path:
    return program.relative_to(ROOT) if program.is_relative_to(ROOT) else program
