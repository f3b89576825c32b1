"""Five clones side by side: `invoke dev --ports auto --detach` in all at once, a look, `invoke stop`.

    python benchmarks/supervisor/five_checkouts.py [--count 5]

Everything runs in a network of its own where the system has that. A clone shares the virtual environment by a
link and the packages of the frontend file by file: Turbopack leaves no link out of its folder.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from env.e2e import MARKER, isolation, raise_loopback, survivors  # noqa: E402
from env.services.node import install_packages  # noqa: E402
from env.services.ports import USUAL  # noqa: E402
from env.supervisor.ports.taken import is_taken  # noqa: E402
from env.tests.side_by_side import Stack, bare_environment, strangers  # noqa: E402

READY_SECONDS, STOPPED_SECONDS = 900, 180


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5)
    options = parser.parse_args()
    if not os.environ.get(MARKER):
        install_packages()
        environment = {**os.environ, MARKER: uuid.uuid4().hex}
        return subprocess.call([*isolation(), sys.executable, *sys.argv], env=environment)
    raise_loopback()
    with tempfile.TemporaryDirectory(prefix="pixcrawler-", ignore_cleanup_errors=True) as folder:
        environment = {**bare_environment(), MARKER: os.environ[MARKER]}
        return measure([Stack(clone(Path(folder) / f"clone{n}"), environment) for n in range(options.count)])


def clone(folder: Path) -> Path:
    subprocess.run(["git", "clone", "--quiet", "--local", ROOT, folder], check=True)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    packages = "frontend/node_modules"
    shutil.copytree(ROOT / packages, folder / packages, symlinks=True, copy_function=os.link)
    return folder


def measure(stacks: list[Stack]) -> int:
    begun = time.monotonic()
    try:
        complaints = together([stack.begin() for stack in stacks], READY_SECONDS)
        ready = time.monotonic() - begun
        if not complaints:
            complaints = looked_at(stacks)
    finally:
        begun = time.monotonic()
        not_stopped = together([stack.begin_stop() for stack in stacks], STOPPED_SECONDS)
        stopped = time.monotonic() - begun
    complaints += not_stopped
    complaints += [f"survivor: {survivor}" for survivor in survivors()]
    complaints += [
        f"still taken: {port}" for stack in stacks for port in stack.ports.values() if is_taken(port)
    ]
    print(f"{len(stacks)} stacks, all started at once, s to all ready   {ready:7.1f}")
    print(f"{len(stacks)} stacks, all stopped at once, s                {stopped:7.1f}")
    print(
        f"memory of all children, MiB                    {sum(s.memory_bytes for s in stacks) / 2**20:7.0f}"
    )
    print(f"complaints                                     {len(complaints):7}")
    print(*complaints, sep="\n", end="")
    return 1 if complaints else 0


def together(processes: "list[subprocess.Popen[str]]", seconds: float) -> list[str]:
    said = [process.communicate(timeout=seconds)[0] for process in processes]
    return [text for process, text in zip(processes, said, strict=True) if process.returncode]


def looked_at(stacks: list[Stack]) -> list[str]:
    for stack in stacks:
        stack.read_ports()
        print(f"{stack.folder.name}: " + ", ".join(f"{name} {port}" for name, port in stack.ports.items()))
    ports = [port for stack in stacks for port in stack.ports.values()]
    found = [f"{port} is used twice" for port in set(ports) if ports.count(port) > 1]
    found += [f"{port} is a usual one" for port in set(ports) & set(USUAL.values())]
    found += [f"does not answer: {place}" for stack in stacks for place in stack.unhealthy()]
    return found or strangers(stacks)


if __name__ == "__main__":
    sys.exit(main())
