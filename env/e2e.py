"""`nox -s e2e`: a browser uses the stack that `invoke dev` starts, in a network that is only loopback.

`python -m env.e2e --ports auto` does the same on other ports than the usual ones.
"""

import os
import shutil
import socket
import struct
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

import psutil

from env.development import moved_ports
from env.services.node import FRONTEND, install_packages, node_binary
from env.services.places import LOOPBACK, ServiceError
from env.services.ports import USUAL
from env.supervisor.ports.moves import moved

ROOT = Path(__file__).resolve().parents[1]
MARKER = "PIXCRAWLER_E2E"
ROUNDS = 2
# Chromium connects a datagram socket to it, to learn whether there is IPv6, and sends nothing. With a route
# of its own that look is not counted as a packet that found no way.
CHROMIUM_PROBE = "2001:4860:4860::8888"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> int:
    if os.environ.get(MARKER):
        return run_rounds()
    try:
        install_packages()
    except ServiceError as error:
        raise SystemExit(f"e2e: {error}") from None
    inside = isolation()
    if not inside:
        print("e2e: no private network on this system; requests that leave the machine are not counted")
    environment = {**os.environ, MARKER: uuid.uuid4().hex, "CHROMIUM": browser()}
    return subprocess.call(
        [*inside, sys.executable, "-m", "env.e2e", *sys.argv[1:]], env=environment, cwd=ROOT
    )


def browser() -> str:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        raise SystemExit(
            "e2e: no Chromium; install it (apt-get install chromium) or set CHROMIUM to its path"
        )
    return found


def isolation() -> list[str]:
    """The command prefix that gives a process a network of its own, or nothing where the system has none."""
    unshare = shutil.which("unshare")
    if not unshare:
        return []
    prefix = [unshare, "--net"]
    if os.geteuid() != 0:
        prefix += ["--user", "--map-current-user", "--keep-caps"]
    works = subprocess.run([*prefix, "true"], stderr=subprocess.DEVNULL).returncode == 0
    return prefix if works else []


def run_rounds() -> int:
    isolated = raise_loopback()
    before = refused_routes()
    for number in range(1, ROUNDS + 1):
        print(f"e2e: round {number} of {ROUNDS}", flush=True)
        if code := run_round():
            return code
    if isolated and (left := refused_routes() - before):
        print(f"e2e: {left} packets tried to leave the machine")
        return 1
    print(f"e2e: {ROUNDS} rounds, no process left" + (", no packet left the machine" if isolated else ""))
    return 0


def run_round() -> int:
    begun = time.monotonic()
    if code := invoke("dev", "--demo", "--detach", *sys.argv[1:]):
        return code  # a stack that ran here before is not ours to stop
    try:
        print(f"e2e: all healthy after {time.monotonic() - begun:.1f} s", flush=True)
        tests = sorted(str(path.relative_to(FRONTEND)) for path in FRONTEND.glob("tests/e2e/*.test.ts"))
        command = [str(node_binary()), "--test", "--test-concurrency=1", *tests]
        code = subprocess.call(command, cwd=FRONTEND, env={**os.environ, **addresses()})
    finally:
        stopped = invoke("stop")
    if left := survivors():
        print("e2e: still running after `invoke stop`:", *left, sep="\n  ")
        return 1
    return code or stopped


def addresses() -> dict[str, str]:
    """Where the stack listens, for the tests."""
    usual = {
        "E2E_APP": f"http://localhost:{USUAL['web']}",
        "E2E_DEMO": f"http://{LOOPBACK}:{USUAL['demo']}",
        "E2E_MAILBOX": f"http://{LOOPBACK}:{USUAL['mailbox']}",
    }
    return moved(usual, moved_ports())


def invoke(*arguments: str) -> int:
    return subprocess.call([sys.executable, "-m", "invoke", *arguments], cwd=ROOT)


def survivors() -> list[str]:
    """Every process with this run's marker, whoever its parent is by now; not this one and its parents."""
    mine = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    marker = os.environ[MARKER]
    return [
        f"{process.pid} {' '.join(process.cmdline())}"
        for process in psutil.process_iter()
        if process.pid not in mine and _environment(process).get(MARKER) == marker
    ]


def _environment(process: psutil.Process) -> Mapping[str, str]:
    try:
        return process.environ()
    except psutil.Error:
        return {}


def raise_loopback() -> bool:
    """Brings `lo` up in a network namespace of our own; False where this is the machine's own network."""
    interfaces = dict(socket.if_nameindex())
    if sys.platform != "linux" or set(interfaces.values()) != {"lo"}:
        return False
    import fcntl  # POSIX alone

    up_and_running = 0x1 | 0x40
    with socket.socket() as control:
        fcntl.ioctl(control, 0x8914, struct.pack("16sH14s", b"lo", up_and_running, b""))  # SIOCSIFFLAGS
    # struct in6_rtmsg: a host route through lo.
    probed = socket.inet_pton(socket.AF_INET6, CHROMIUM_PROBE)
    route = struct.pack("16s16x16xIHHI4xQIi", probed, 0, 128, 0, 1, 0, 0x1 | 0x4, *interfaces)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x890B, route)  # SIOCADDRT
    return True


def refused_routes() -> int:
    """Packets that found no way out of this network, IPv4 and IPv6; 0 where the kernel does not count."""
    counted = 0
    snmp = Path("/proc/net/snmp")
    if snmp.exists():
        names, values = (line.split() for line in snmp.read_text().splitlines() if line.startswith("Ip:"))
        counted += int(dict(zip(names, values, strict=True))["OutNoRoutes"])
    snmp6 = Path("/proc/net/snmp6")
    if snmp6.exists():
        rows = dict(line.split() for line in snmp6.read_text().splitlines())
        counted += int(rows.get("Ip6OutNoRoutes", 0))
    return counted


if __name__ == "__main__":
    sys.exit(main())
