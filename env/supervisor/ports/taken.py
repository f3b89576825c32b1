"""Is a declared port free, and if not, whose is it?"""

import os
import shlex
import socket
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from env.supervisor.configuration.specification import Specification
from env.supervisor.problems import Problem
from env.supervisor.processes.children import NAME_VARIABLE
from env.supervisor.processes.orphans import RUN_VARIABLE
from env.supervisor.processes.tree import environment_of

if TYPE_CHECKING:
    from psutil import Process
    from psutil._ntuples import sconn

_PASSING_SECONDS = 0.3
HIDDEN = "a process of another user, a container or an outgoing connection"


class Owner(NamedTuple):
    pid: int
    command: str
    started: float
    user: str
    folder: str
    process: str | None
    """Its name in the Procfile, when it is left over from this checkout's former run."""
    neighbour: str | None = None
    """Its name in the Procfile of any other run of a supervisor."""

    def __str__(self) -> str:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.started))
        text = f"pid {self.pid}, {self.command}, started {since} by {self.user}"
        if self.folder:
            text += f" in {self.folder}"
        if self.neighbour:
            text += f": '{self.neighbour}' of another run"
        return f"{text}: left over from an earlier run ('{self.process}')" if self.process else text


def taken_ports(plan: Iterable[Specification], former_run: str | None = None) -> Iterator[Problem]:
    wanted = {port: spec.name for spec in plan for port in spec.settings.ports}
    for port, owner in holders(wanted, former_run).items():
        yield _conflict(wanted[port], port, owner)


def holders(ports: Iterable[int], former_run: str | None = None) -> dict[int, Owner | None]:
    """Who holds those that are not free; None for an owner that hides."""
    found = _owners([port for port in ports if is_taken(port)], former_run)
    if None in found.values():
        # These ports lie where systems take those of outgoing connections from: one may just be passing.
        time.sleep(_PASSING_SECONDS)
        found |= _owners({port for port, owner in found.items() if not owner}, former_run)
        found = {port: owner for port, owner in found.items() if owner or is_taken(port)}
    return found


def is_taken(port: int) -> bool:
    """Listening on the loopback would fail, or a browser that asks for `localhost` would meet a stranger."""
    addresses = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
    return any(_cannot_bind(family, host, port) or _answers(family, host, port) for family, host in addresses)


def owner_of(port: int, former_run: str | None = None) -> Owner | None:
    """None when the owner hides: another user's, in a container, or no listener but a connection outwards."""
    return _owners({port}, former_run)[port]


def _owners(ports: Collection[int], former_run: str | None) -> dict[int, Owner | None]:
    found: dict[int, Owner | None] = dict.fromkeys(ports)
    if not found:
        return found
    import psutil  # slow to import, and only needed when something is wrong

    for connection in _connections(*ports):
        if connection.status == psutil.CONN_LISTEN and connection.pid:
            with suppress(psutil.Error):
                found[_port_of(connection)] = _describe(psutil.Process(connection.pid), former_run)
    return found


def _connections(*ports: int) -> "list[sconn]":
    """Which have one of these at our end."""
    import psutil

    try:
        found = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:  # macOS without root
        return []
    return [connection for connection in found if _port_of(connection) in ports]


def _port_of(connection: "sconn") -> int:
    return int(connection.laddr[1]) if connection.laddr else 0


def _describe(process: "Process", former_run: str | None) -> Owner:
    import psutil

    environment = environment_of(process.pid)
    run = environment.get(RUN_VARIABLE)
    name = environment.get(NAME_VARIABLE, "?") if run else None
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
        process=name if run == former_run else None,
        neighbour=name if run != former_run else None,
    )


def _conflict(name: str, port: int, owner: Owner | None) -> Problem:
    beside = "or run beside it with --ports auto"
    if owner is None and _is_closed(port):
        what = f"port {port} is held by a connection that is closed already"
        return Problem(name, what, f"wait: the kernel lets go of it within a minute; {beside}")
    if owner is None:
        what = f"port {port} is taken by {_hidden(port)}"
        return Problem(name, what, f"find it with `sudo ss -tanp 'sport = :{port}'` or `docker ps`; {beside}")
    end = f"taskkill /T /PID {owner.pid}" if os.name == "nt" else f"kill {owner.pid}"
    if owner.pid != os.getpid() and Path(owner.folder or "/") == Path.cwd():
        end += " (it runs in this checkout)"
    elif owner.neighbour:
        end = f"invoke stop in {owner.folder or 'its checkout'}, or {end}"
    return Problem(name, f"port {port} is taken by {owner}", f"end it: {end}; {beside}")


def _is_closed(port: int) -> bool:
    """What a server with SO_REUSEADDR leaves would not count; that of an outgoing connection does."""
    import psutil

    closing = {psutil.CONN_TIME_WAIT, psutil.CONN_FIN_WAIT1, psutil.CONN_FIN_WAIT2, psutil.CONN_LAST_ACK}
    found = {connection.status for connection in _connections(port)}
    return bool(found) and found <= closing


def _hidden(port: int) -> str:
    from env.supervisor.readiness.listeners import user_of

    if user := user_of(port):
        return f"a process of {user}, perhaps in a container"
    import psutil

    for connection in _connections(port):
        if connection.pid:
            with suppress(psutil.Error):
                return f"a connection of {_describe(psutil.Process(connection.pid), None)}"
    return HIDDEN


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
