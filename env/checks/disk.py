import shutil
from pathlib import Path

from env.checks.result import Result, fail, ok, warn
from env.services.places import ROOT

NAME = "disk"
_GIGABYTE = 10**9
# Packages, browsers' caches and databases of a working checkout take about two.
ENOUGH = 5 * _GIGABYTE
LEAST = 1 * _GIGABYTE


def run() -> Result:
    return judge(shutil.disk_usage(ROOT).free, ROOT)


def judge(free: int, place: Path) -> Result:
    message = f"{free / _GIGABYTE:.1f} GB free at {place}"
    fix = f"free at least {ENOUGH // _GIGABYTE} GB, for example with: uv cache clean"
    if free < LEAST:
        return fail(message, fix)
    return warn(message, fix) if free < ENOUGH else ok(message)
