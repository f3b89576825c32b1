"""Our supervisor beside others, in the same run of a comparison bench that knows how to drive them.

    python -m benchmarks.supervisor.peers --bench FOLDER [--only start,idle] [--peers honcho,pm2] [--reps 9]

FOLDER has the bench: bench.py (the scenarios) and peers.py (a function per peer that gives its command line).
Whatever peer is on PATH takes part; `--path DIR` puts folders in front of it. Writes supervisor.json to
benchmarks/results, which further runs complete, and supervisor.md, a reading of it.
"""

import argparse
import importlib
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "supervisor.json"
NAME = "pixcrawler"

Row = Mapping[str, Any]
Results = Mapping[str, Mapping[str, Row]]


class Table(NamedTuple):
    title: str
    scenarios: tuple[str, ...]
    columns: Mapping[str, str]
    """Heading to the path of the figure in the row, over dots."""


_STOP = (
    "one_stubborn",
    "all_stubborn",
    *(f"grandchild_{kind}" for kind in ("group", "stubborn", "setsid", "daemon")),
)
TABLES = (
    Table(
        "From the start to five running children; idle above them",
        ("start", "idle"),
        {
            "all five, ms": "start.all5_ms",
            "CPU, ms": "start.cpu_ms",
            "processes": "idle.procs",
            "RSS, MiB": "idle.rss_mib",
            "PSS, MiB": "idle.pss_mib",
            "CPU, ms/s": "idle.cpu_ms_per_s",
            "switches/s": "idle.switches_per_s",
        },
    ),
    Table(
        "500,000 lines of three children; a line's delay",
        ("flood", "latency"),
        {
            "lines/s": "flood.lines_per_s",
            "lines/CPU-s": "flood.lines_per_cpu_s",
            "lost": "flood.lost",
            "torn or out of order": "flood.disordered_or_torn",
            "peak RSS, MiB": "flood.peak_rss_mib",
            "p50, ms": "latency.p50_ms",
            "p99, ms": "latency.p99_ms",
        },
    ),
    Table(
        "Seconds to the end after Ctrl-C (left: processes that outlived it)",
        ("stop", "early"),
        {
            "polite": "stop.polite_ctrl_c",
            "polite, TERM": "stop.polite_sigterm",
            **{case.replace("_", " "): f"stop.{case}" for case in _STOP},
            "KILL of the supervisor": "stop.supervisor_sigkill",
            "TERM while starting": "early",
        },
    ),
    Table(
        "A child ends",
        ("crash",),
        {
            "exit 3: code": "crash.exit3.code",
            "others told after s": "crash.exit3_pipe_held.others_told_after_s",
            "starts of a crasher in 12 s": "crash.crash_loop_12s.starts_of_crasher",
        },
    ),
    Table(
        "The command line of a running stack",
        ("control",),
        {"status, ms": "control.status_ms", "restart one, ms": "control.restart_one_ms"},
    ),
)


def ours(folder: str, processes: Mapping[str, str]) -> dict[str, Any]:
    procfile, state = Path(folder, "Procfile"), ["--state-dir", str(Path(folder, ".dev"))]
    procfile.write_text("".join(f"{name}: {command}\n" for name, command in processes.items()))
    supervisor = [sys.executable, "-m", "env.supervisor"]
    return {
        "argv": [*supervisor, "start", "--procfile", str(procfile), *state],
        "env": {"PYTHONPATH": str(ROOT)},
        "ctl": [*supervisor, "status", "--json", *state],
        "restart": [*supervisor, "restart", *state, "p1"],
    }


def figure(results: Results, peer: str, path: str) -> str:
    scenario, *keys = path.split(".")
    found: Any = results.get(scenario, {}).get(peer)
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, dict):
        return _ending(found)
    if isinstance(found, int) or (isinstance(found, float) and found >= 10_000):
        return f"{found:,.0f}"
    return "" if found is None else str(found)


def _ending(found: Row) -> str:
    """A case of stopping: how long it took, who was left, whether it hung."""
    seconds = found.get("exit_s")
    took = f"{seconds:.2f}" if isinstance(seconds, float | int) and not found.get("hung") else "**hung**"
    left = sum(value or 0 for key, value in found.items() if key.startswith("left_"))
    return f"{took}, **{left} left**" if left else took


def report(results: Results) -> str:
    lines = [
        "# The supervisor beside its peers\n",
        f"{os.cpu_count()} CPUs ({platform.machine()}), {platform.system()}, Python"
        f" {platform.python_version()}; medians."
        " A dagger marks a row that was timed without the machine for itself.\n",
    ]
    for table in TABLES:
        peers = {peer: None for scenario in table.scenarios for peer in results.get(scenario, {})}
        if peers:
            lines.append(f"## {table.title}\n")
            lines.append("| | " + " | ".join(table.columns) + " |")
            lines.append("| --- |" + " --- |" * len(table.columns))
            rows = (_cells(results, peer, table) for peer in sorted(peers, key=lambda p: (p != NAME, p)))
            lines += [f"| {' | '.join(cells)} |" for cells in rows if any(cells[1:])]
            lines.append("")
    return "\n".join(lines)


def _cells(results: Results, peer: str, table: Table) -> list[str]:
    is_shared = any(results.get(s, {}).get(peer, {}).get("lock") is False for s in table.scenarios)
    figures = [figure(results, peer, path) for path in table.columns.values()]
    return [f"{peer}{' †' if is_shared else ''}", *figures]


def run_bench(folder: Path, arguments: Sequence[str]) -> None:
    sys.path.insert(0, str(folder))
    bench, peers = importlib.import_module("bench"), importlib.import_module("peers")
    peers.PEERS[NAME] = ours
    peers.BINARY[NAME] = sys.executable
    sys.argv = ["bench.py", "--out", str(RESULTS), *arguments]
    bench.main()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bench", type=Path, help="without it, only the reading is written anew")
    parser.add_argument("--path", type=Path, action="append", default=[], help="folders with peers")
    options, rest = parser.parse_known_args()
    RESULTS.parent.mkdir(exist_ok=True)
    if options.bench:
        os.environ["PATH"] = os.pathsep.join([*map(str, options.path), os.environ["PATH"]])
        run_bench(options.bench, rest)
    RESULTS.with_suffix(".md").write_text(report(json.loads(RESULTS.read_text())))


if __name__ == "__main__":
    main()
