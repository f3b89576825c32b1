"""Whether the development ports are free, and who holds those that are not."""

import os
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path

from env.checks.result import Result, fail, ok
from env.services.places import ROOT
from env.supervisor.ports import Owner, is_taken, owner_of

NAME = "ports"
_PASSING_SECONDS = 0.3


def run() -> Result:
    ports = declared(ROOT)
    return judge(ports, owners(ports))


def judge(ports: Mapping[int, str], taken: Mapping[int, Owner | None], root: Path = ROOT) -> Result:
    """`taken` has None for an owner that hides."""
    foreign = {port: owner for port, owner in taken.items() if not _belongs_to(owner, root)}
    if foreign:
        details = tuple(
            f"{port} for {ports[port]} is held by {owner or 'a process of another user or a container'}"
            for port, owner in foreign.items()
        )
        return fail(details[0], _fix(foreign, ports), details[1:])
    if taken:
        return ok(f"{len(taken)} of {len(ports)} in use by this checkout's own processes")
    return ok(f"all {len(ports)} free")


def declared(root: Path) -> dict[int, str]:
    """Port to the process of the manifest that wants it."""
    document = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    processes = document.get("tool", {}).get("pixcrawler", {}).get("processes", {})
    return {port: name for name, settings in processes.items() for port in settings.get("ports", ())}


def owners(ports: Mapping[int, str]) -> dict[int, Owner | None]:
    found = {port: owner_of(port) for port in ports if is_taken(port)}
    if None in found.values():
        # These ports lie where systems take those of outgoing connections from: one may just be passing.
        time.sleep(_PASSING_SECONDS)
        found = {port: owner or owner_of(port) for port, owner in found.items() if is_taken(port)}
    return found


def _belongs_to(owner: Owner | None, root: Path) -> bool:
    return owner is not None and bool(owner.folder) and Path(owner.folder).is_relative_to(root)


def _fix(foreign: Mapping[int, Owner | None], ports: Mapping[int, str]) -> str:
    pids = sorted({owner.pid for owner in foreign.values() if owner})
    kill = "taskkill /T /PID {}" if os.name == "nt" else "kill {}"
    first = next(iter(foreign))
    end = (
        " && ".join(kill.format(pid) for pid in pids) or f"sudo ss -ltnp 'sport = :{first}' names it; end it"
    )
    move = f"another port in the Procfile and in [tool.pixcrawler.processes.{ports[first]}]"
    return f"{end} (or move {ports[first]}: {move})"
