"""Is a declared port free, and if not, whose is it?"""

import os
import shlex
import socket
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from env.supervisor.children import NAME_VARIABLE
from env.supervisor.orphans import RUN_VARIABLE
from env.supervisor.problems import Problem
from env.supervisor.specification import Specification
from env.supervisor.tree import environment_of

if TYPE_CHECKING:
    from psutil import Process

_PASSING_SECONDS = 0.3
HIDDEN = "a process of another user, a container or an outgoing connection"


class Owner(NamedTuple):
    pid: int
    command: str
    started: float
    user: str
    folder: str
    process: str | None
    """The name it has in our Procfile, when a run of this checkout started it and did not end it."""

    def __str__(self) -> str:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.started))
        text = f"pid {self.pid}, {self.command}, started {since} by {self.user}"
        if self.folder:
            text += f" in {self.folder}"
        return f"{text}: left over from an earlier run ('{self.process}')" if self.process else text


def taken_ports(plan: Iterable[Specification], former_run: str | None = None) -> Iterator[Problem]:
    wanted = {port: spec.name for spec in plan for port in spec.settings.ports}
    for port, owner in holders(wanted, former_run).items():
        yield _conflict(wanted[port], port, owner)


def holders(ports: Iterable[int], former_run: str | None = None) -> dict[int, Owner | None]:
    """Who holds those that are not free; None for an owner that hides."""
    found = {port: owner_of(port, former_run) for port in ports if is_taken(port)}
    if None in found.values():
        # These ports lie where systems take those of outgoing connections from: one may just be passing.
        time.sleep(_PASSING_SECONDS)
        found = {port: owner or owner_of(port, former_run) for port, owner in found.items() if is_taken(port)}
    return found


def is_taken(port: int) -> bool:
    """Listening on the loopback would fail, or a browser that asks for `localhost` would meet a stranger."""
    addresses = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
    return any(_cannot_bind(family, host, port) or _answers(family, host, port) for family, host in addresses)


def owner_of(port: int, former_run: str | None = None) -> Owner | None:
    """None when the owner hides: another user's, in a container, or no listener but a connection outwards."""
    import psutil  # slow to import, and only needed when something is wrong

    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:  # macOS without root
        connections = []
    for connection in connections:
        is_listener = connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,)
        if is_listener and connection.pid:
            try:
                return _describe(psutil.Process(connection.pid), former_run)
            except psutil.Error:
                continue
    return None


def _describe(process: "Process", former_run: str | None) -> Owner:
    import psutil

    environment = environment_of(process.pid)
    is_ours = former_run is not None and environment.get(RUN_VARIABLE) == former_run
    try:
        folder = process.cwd()
    except (psutil.Error, OSError):
        folder = ""
    # A program that renames itself leaves its other words empty.
    command = shlex.join(filter(None, process.cmdline())) or process.name()
    return Owner(
        pid=process.pid,
        command=command if len(command) <= 160 else f"{command[:157]}...",
        started=process.create_time(),
        user=process.username(),
        folder=folder,
        process=environment.get(NAME_VARIABLE, "?") if is_ours else None,
    )


def _conflict(name: str, port: int, owner: Owner | None) -> Problem:
    move = f"or move {name}: another port in the Procfile and in [tool.pixcrawler.processes.{name}]"
    if owner is None:
        find = f"find it with `sudo ss -tanp 'sport = :{port}'` or `docker ps`"
        return Problem(name, f"port {port} is taken by {HIDDEN}", f"{find}; {move}")
    end = f"taskkill /T /PID {owner.pid}" if os.name == "nt" else f"kill {owner.pid}"
    if owner.pid != os.getpid() and Path(owner.folder or "/") == Path.cwd():
        end += " (it runs in this checkout)"
    return Problem(name, f"port {port} is taken by {owner}", f"end it: {end}; {move}")


def _cannot_bind(family: socket.AddressFamily, host: str, port: int) -> bool:
    import errno

    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if os.name != "nt":  # there it would let two listen on one port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return error.errno in {errno.EADDRINUSE, errno.EACCES}
    return False


def _answers(family: socket.AddressFamily, host: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(0.2)
            probe.connect((host, port))
            return bool(probe.getsockname() != probe.getpeername())
    except OSError:
        return False
