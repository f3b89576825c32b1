"""Whether the development ports are free, and who holds those that are not."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from env.checks.result import Result, fail, ok
from env.services.places import ROOT, STATE
from env.supervisor.configuration.manifest import parse_manifest
from env.supervisor.control import client
from env.supervisor.ports.taken import HIDDEN, Owner, holders
from env.supervisor.problems import NotRunningError, SilentError

NAME = "ports"


def run() -> Result:
    try:
        ports = in_use(client.status(STATE))
    except NotRunningError:
        ports = declared(ROOT)
        return judge(ports, holders(ports), None)
    except SilentError as error:
        (problem,) = error.problems
        return fail(problem.what, problem.hint)
    return judge(ports, holders(ports), ROOT)


def in_use(status: Mapping[str, Any]) -> dict[int, str]:
    """Port to the process of the running stack that has it: its ports may have moved."""
    return {port: process["name"] for process in status["processes"] for port in process["ports"]}


def judge(ports: Mapping[int, str], taken: Mapping[int, Owner | None], root: Path | None) -> Result:
    """`taken` has None for an owner that hides; `root` is the checkout whose stack runs, if one does."""
    foreign = {port: owner for port, owner in taken.items() if not _belongs_to(owner, root)}
    if foreign:
        details = tuple(
            f"{port} for {ports[port]} is held by {owner or HIDDEN}" for port, owner in foreign.items()
        )
        return fail(details[0], _fix(foreign), details[1:])
    if taken:
        return ok(f"{len(taken)} of {len(ports)} in use by this checkout's own processes")
    return ok(f"all {len(ports)} free")


def declared(root: Path) -> dict[int, str]:
    """Port to the process of the manifest that wants it."""
    settings, _ = parse_manifest((root / "pyproject.toml").read_text(encoding="utf-8"))
    return {port: name for name, entry in settings.items() for port in entry.ports}


def _belongs_to(owner: Owner | None, root: Path | None) -> bool:
    return bool(root and owner and owner.folder and Path(owner.folder).is_relative_to(root))


def _fix(foreign: Mapping[int, Owner | None]) -> str:
    pids = sorted({owner.pid for owner in foreign.values() if owner})
    kill = "taskkill /T /PID {}" if os.name == "nt" else "kill {}"
    first = next(iter(foreign))
    end = (
        " && ".join(kill.format(pid) for pid in pids) or f"sudo ss -tanp 'sport = :{first}' names it; end it"
    )
    return f"{end} (or start beside it: invoke dev --ports auto)"
