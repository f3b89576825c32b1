"""How long after a port opens its dependent is executed, and what the waiting costs.

`python benchmarks/supervisor/readiness.py [--rounds 5] [--json FILE]`; needs Linux and bash.

A chain of real processes: each notes its start, opens its port after a random delay, and so lets the next go.
The note is the first act of a shell, so a gap includes fork and exec. The cost is the supervisor's time on
the CPU (schedstat) while it does nothing but wait, for one port and for five.
"""

import argparse
import json
import os
import random
import shlex
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINKS = 20
WAIT_SECONDS = 10.0
TARGET_MS, TARGET_CPU_PERCENT = 25.0, 1.0

SERVER = """
import socket, sys, time
time.sleep(float(sys.argv[2]))
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(sys.argv[1])))
server.listen()
with open(sys.argv[3], "w") as note:
    note.write(repr(time.time()))
time.sleep(600)
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    dice = random.Random(0)  # noqa: S311 - the same delays every time
    gaps = sorted(gap for _ in range(options.rounds) for gap in chain(dice))
    figures = {
        "gaps": len(gaps),
        "p50_ms": round(statistics.median(gaps), 2),
        "p95_ms": round(gaps[int(len(gaps) * 0.95)], 2),
        "max_ms": round(gaps[-1], 2),
        "cpu_percent_waiting_for_1": round(waiting(1), 3),
        "cpu_percent_waiting_for_5": round(waiting(5), 3),
    }
    print(
        f"port open -> dependent executed, ms   p50 {figures['p50_ms']}, p95 {figures['p95_ms']} "
        f"(target {TARGET_MS}), max {figures['max_ms']}, {len(gaps)} gaps"
    )
    for ports in (1, 5):
        share = figures[f"cpu_percent_waiting_for_{ports}"]
        print(f"CPU while waiting for {ports} port(s), %     {share} (target {TARGET_CPU_PERCENT})")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


def chain(dice: random.Random) -> list[float]:
    """The gaps of one run, in ms."""
    ports = free_ports(LINKS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "server.py").write_text(SERVER)
        lines, tables = [], []
        for link, port in enumerate(ports):
            server = shlex.join(
                [sys.executable, "-S", "server.py", str(port), f"{dice.uniform(0.1, 0.3)}", f"open{link}"]
            )
            note = f"echo $EPOCHREALTIME > start{link}; exec {server}"
            lines.append(f"p{link}: bash --norc -c {shlex.quote(note)}")
            wish = f'depends_on = {{ p{link - 1} = "service_healthy" }}\n' if link else ""
            tables.append(f"[tool.pixcrawler.processes.p{link}]\n{wish}healthcheck = {{ tcp = {port} }}\n")
        with supervisor(folder, lines, tables):
            last = folder / f"open{LINKS - 1}"
            while not last.exists():
                time.sleep(0.1)
            time.sleep(0.1)
        moments = [
            (float((folder / f"open{link}").read_text()), float((folder / f"start{link + 1}").read_text()))
            for link in range(LINKS - 1)
        ]
    return [(start - opened) * 1000 for opened, start in moments]


def waiting(ports: int) -> float:
    """Per cent of one core."""
    with tempfile.TemporaryDirectory() as name:
        lines = [f"p{index}: sleep 600" for index in range(ports)]
        tables = [
            f"[tool.pixcrawler.processes.p{index}]\nhealthcheck = {{ tcp = {port}, start_period = '600s' }}\n"
            for index, port in enumerate(free_ports(ports))
        ]
        with supervisor(Path(name), lines, tables) as pid:
            time.sleep(2)
            before = on_cpu_seconds(pid)
            time.sleep(WAIT_SECONDS)
            return (on_cpu_seconds(pid) - before) / WAIT_SECONDS * 100


class supervisor:  # noqa: N801 - reads as the statement it is used in
    def __init__(self, folder: Path, lines: list[str], tables: list[str]) -> None:
        self._folder = folder
        (folder / "Procfile").write_text("\n".join(lines) + "\n")
        (folder / "manifest.toml").write_text("\n".join(tables))

    def __enter__(self) -> int:
        procfile, manifest = self._folder / "Procfile", self._folder / "manifest.toml"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "env.supervisor", "start", "--procfile", procfile, "--manifest", manifest],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        return self._process.pid

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)


def on_cpu_seconds(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


if __name__ == "__main__":
    os.environ.pop("PORT", None)
    main()
