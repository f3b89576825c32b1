"""Whether the development ports are free, and who holds those that are not."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from env.checks.result import Result, fail, ok
from env.services.places import ROOT

NAME = "ports"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whoever listens; `pid` is None when another user's process hides from us."""

    pid: int | None
    command: str
    directory: Path | None

    def __str__(self) -> str:
        return f"process {self.pid} ({self.command})" if self.pid else "a process of another user"

    def belongs_to(self, root: Path) -> bool:
        return self.directory is not None and self.directory.is_relative_to(root)


def run() -> Result:
    return judge(declared(ROOT), listeners())


def judge(ports: Mapping[int, str], owners: Mapping[int, Owner], root: Path = ROOT) -> Result:
    taken = {port: owners[port] for port in ports if port in owners}
    foreign = {port: owner for port, owner in taken.items() if not owner.belongs_to(root)}
    if foreign:
        details = tuple(f"{port} for {ports[port]} is held by {owner}" for port, owner in foreign.items())
        return fail(details[0], _fix(foreign.values()), details[1:])
    if taken:
        return ok(f"{len(taken)} of {len(ports)} in use by this checkout's own processes")
    return ok(f"all {len(ports)} free")


def declared(root: Path) -> dict[int, str]:
    """Port to the process of the manifest that wants it."""
    document = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    processes = document.get("tool", {}).get("pixcrawler", {}).get("processes", {})
    return {port: name for name, settings in processes.items() for port in settings.get("ports", ())}


def listeners() -> dict[int, Owner]:
    found: dict[int, Owner] = {}
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN:
            port = connection.laddr.port
            if port not in found or found[port].pid is None:
                found[port] = _owner(connection.pid)
    return found


def _owner(pid: int | None) -> Owner:
    if pid is None:
        return Owner(None, "", None)
    try:
        process = psutil.Process(pid)
        command = process.name()
    except psutil.Error:
        return Owner(pid, "unknown", None)
    try:
        return Owner(pid, command, Path(process.cwd()))
    except psutil.Error:
        return Owner(pid, command, None)


def _fix(owners: Iterable[Owner]) -> str:
    pids = sorted({owner.pid for owner in owners if owner.pid})
    end = f"kill {' '.join(map(str, pids))}" if pids else "end it as its user"
    return f"{end} (or move: invoke dev --ports auto)"
