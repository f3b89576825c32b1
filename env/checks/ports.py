"""Whether the development ports are free, and who holds those that are not."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from env.checks.result import Result, fail, ok
from env.services.places import ROOT, STATE
from env.supervisor import client
from env.supervisor.ports import HIDDEN, Owner, holders

NAME = "ports"


def run() -> Result:
    ports = declared(ROOT)
    return judge(ports, holders(ports), ROOT if client.is_running(STATE) else None)


def judge(ports: Mapping[int, str], taken: Mapping[int, Owner | None], root: Path | None) -> Result:
    """`taken` has None for an owner that hides; `root` is the checkout whose stack runs, if one does."""
    foreign = {port: owner for port, owner in taken.items() if not _belongs_to(owner, root)}
    if foreign:
        details = tuple(
            f"{port} for {ports[port]} is held by {owner or HIDDEN}" for port, owner in foreign.items()
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


def _belongs_to(owner: Owner | None, root: Path | None) -> bool:
    return bool(root and owner and owner.folder and Path(owner.folder).is_relative_to(root))


def _fix(foreign: Mapping[int, Owner | None], ports: Mapping[int, str]) -> str:
    pids = sorted({owner.pid for owner in foreign.values() if owner})
    kill = "taskkill /T /PID {}" if os.name == "nt" else "kill {}"
    first = next(iter(foreign))
    end = (
        " && ".join(kill.format(pid) for pid in pids) or f"sudo ss -tanp 'sport = :{first}' names it; end it"
    )
    move = f"another port in the Procfile and in [tool.pixcrawler.processes.{ports[first]}]"
    return f"{end} (or move {ports[first]}: {move})"
