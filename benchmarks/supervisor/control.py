"""What `invoke status --json` and `invoke restart NAME` cost beyond Invoke's own start; five processes run.

    python benchmarks/supervisor/control.py [--rounds 7] [--peers]

Every round runs, one after the other: an empty task of the same tasks.py, `invoke --version`, both commands,
then those of `python -m env.supervisor`. A restart ends when the new process has said its first line.
The tasks talk to a stack of their own in a temporary folder: no port and nothing of this checkout is touched.
`--peers` adds `supervisorctl` and an answer of supervisord to the same five programs (Honcho has no control).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
NAMES = ("a", "b", "c", "d", "e")
CHILD = "echo up; exec sleep 600"
LIMIT_SECONDS = 20.0

# The tasks of the checkout, but for a stack that stands elsewhere, and one task that does nothing.
TASKS = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
import env.services.places
env.services.places.STATE = Path(__file__).parent / ".dev"
exec(compile(Path({root!r}, "tasks.py").read_text(), "tasks.py", "exec"))

@task
def nothing(c):
    pass

namespace.add_task(nothing)
"""

# Wall and CPU milliseconds of one command.
Cost = tuple[float, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    # Whoever forbids compiled modules measures the compiler.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        costs = ours(Path(folder), options.rounds)
    if options.peers:
        with tempfile.TemporaryDirectory() as folder:
            costs |= supervisord(Path(folder), options.rounds)
    medians = {
        name: {"wall_ms": _median(cost, 0), "cpu_ms": _median(cost, 1), "rounds": len(cost)}
        for name, cost in costs.items()
    }
    for name in ("invoke status --json", "invoke restart NAME"):
        for kind in ("wall_ms", "cpu_ms"):
            beyond = medians[name][kind] - medians["invoke: an empty task"][kind]
            medians[f"{name}, beyond an empty task"] = {
                **medians.get(f"{name}, beyond an empty task", {"rounds": options.rounds}),
                kind: round(beyond, 1),
            }
    if options.json:
        print(json.dumps(medians, indent=2))
        return
    for name, figures in medians.items():
        print(f"{name:<46} {figures['wall_ms']:7.1f} ms wall {figures['cpu_ms']:7.1f} ms CPU")


def ours(folder: Path, rounds: int) -> dict[str, list[Cost]]:
    (folder / "Procfile").write_text("".join(f"{name}: {CHILD}\n" for name in NAMES))
    (folder / "tasks.py").write_text(TASKS.format(root=str(ROOT)))
    invoke, module = str(BIN / "invoke"), [sys.executable, "-m", "env.supervisor"]
    where = ["--state-dir", str(folder / ".dev")]
    log = folder / ".dev" / "logs" / "a.log"
    commands: dict[str, tuple[list[str], Path, bool]] = {
        "invoke --version": ([invoke, "--version"], folder, False),
        "invoke: an empty task": ([invoke, "nothing"], folder, False),
        "invoke status --json": ([invoke, "status", "--json"], folder, False),
        "invoke restart NAME": ([invoke, "restart", "a"], folder, True),
        "python -m env.supervisor status --json": ([*module, "status", "--json", *where], ROOT, False),
        "python -m env.supervisor restart NAME": ([*module, "restart", "a", *where], ROOT, True),
    }
    procfile = ["--procfile", str(folder / "Procfile")]
    subprocess.run([*module, "start", *procfile, "--detach"], cwd=ROOT, check=True)
    try:
        return _rounds(commands, rounds, lambda: log.read_text().count("up"))
    finally:
        subprocess.run([*module, "stop", *where], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def supervisord(folder: Path, rounds: int) -> dict[str, list[Cost]]:
    programs = "".join(
        f"[program:{name}]\ncommand=/bin/sh -c '{CHILD}'\nstdout_logfile=%(here)s/{name}.log\n"
        "startsecs=0\nstartretries=0\n"
        for name in NAMES
    )
    (folder / "supervisord.conf").write_text(
        "[supervisord]\nlogfile=%(here)s/supervisord.log\npidfile=%(here)s/supervisord.pid\n"
        "[unix_http_server]\nfile=%(here)s/s.sock\n[supervisorctl]\nserverurl=unix://%(here)s/s.sock\n"
        "[rpcinterface:supervisor]\n"
        "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n" + programs
    )
    control = [str(BIN / "supervisorctl"), "-c", str(folder / "supervisord.conf")]
    daemon = subprocess.Popen([str(BIN / "supervisord"), "-n", "-c", str(folder / "supervisord.conf")],
                              stdout=subprocess.DEVNULL)  # fmt: skip
    log = folder / "a.log"
    commands: dict[str, tuple[list[str], Path, bool]] = {
        "supervisorctl status": ([*control, "status"], folder, False),
        "supervisorctl restart NAME": ([*control, "restart", "a"], folder, True),
    }
    try:
        begun = time.perf_counter()
        while not log.exists() or "up" not in log.read_text():
            _still_time(begun)
        return _rounds(commands, rounds, lambda: log.read_text().count("up"))
    finally:
        daemon.terminate()
        daemon.wait(LIMIT_SECONDS)


def _rounds(
    commands: dict[str, tuple[list[str], Path, bool]], rounds: int, lives: Callable[[], int]
) -> dict[str, list[Cost]]:
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, (command, folder, is_restart) in commands.items():
            before = lives()
            begun = time.perf_counter()
            cpu = _run(command, folder)
            while is_restart and lives() == before:
                _still_time(begun)
            costs[name].append(((time.perf_counter() - begun) * 1000, cpu * 1000))
    return {name: cost[1:] for name, cost in costs.items()}  # the first round fills the caches


def _run(command: list[str], folder: Path) -> float:
    """The CPU seconds of the command itself."""
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    former = Path.cwd()
    os.chdir(folder)
    try:
        pid = os.posix_spawn(command[0], command, os.environ, file_actions=quiet)
    finally:
        os.chdir(former)
    _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} failed with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime


def _still_time(begun: float) -> None:
    if time.perf_counter() - begun > LIMIT_SECONDS:
        sys.exit("it took too long")
    time.sleep(0.001)


def _median(costs: list[Cost], index: int) -> float:
    return round(statistics.median(cost[index] for cost in costs), 1)


if __name__ == "__main__":
    main()
