"""What `invoke status`, `logs` and `stop` print about the running stack of a checkout."""

import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

from env.supervisor import client
from env.supervisor.logs import logs as read_logs
from env.supervisor.problems import NotRunningError, Problem, SupervisorError
from env.supervisor.run import report

P = ParamSpec("P")
EVERY = "all"
COLUMNS = ("name", "state", "health", "pid", "uptime", "restarts", "ports")


def explained(command: Callable[P, None]) -> Callable[P, int]:
    """0 when it did what it says, 1 with the reason when it could not."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> int:
        try:
            command(*arguments, **options)
        except SupervisorError as error:
            report(error)
            return 1
        return 0

    return run


@explained
def status(state_dir: Path, *, as_json: bool) -> None:
    answer = client.status(state_dir)
    if as_json:
        print(json.dumps(answer, indent=2))
        return
    rows = [COLUMNS, *(row(process) for process in answer["processes"])]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for cells in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
    for process in answer["processes"]:
        if process["state"] in {"failed", "backoff"} or process["health"] == "unhealthy":
            why = process["reason"] or f"ended with exit code {process['exit_code']}"
            print(f"{process['name']}: {why}\n    -> look at `invoke logs {process['name']}`")


def row(process: dict[str, Any]) -> tuple[str, ...]:
    shown = {
        **process,
        "uptime": duration(process["uptime_seconds"]),
        "ports": " ".join(map(str, process["ports"])),
    }
    return tuple("-" if shown[column] in (None, "") else str(shown[column]) for column in COLUMNS)


def duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{rest:02}s" if minutes else f"{rest}s"


@explained
def logs(state_dir: Path, name: str, *, follow: bool, lines: str) -> None:
    """`lines` as it was typed: Invoke would meet a word that is no number with a traceback."""
    if not lines.isdecimal():
        raise SupervisorError([Problem("--lines", f"not a number from 0: '{lines}'", "write --lines 100")])
    is_one = name != EVERY
    width = 0 if is_one else 10
    try:
        for line in read_logs(state_dir, name if is_one else None, follow=follow, last=int(lines)):
            prefix = f"{line.name:<{width}} | " if width else ""
            print(f"{line.stamp[11:]} {prefix}{line.text}", flush=follow)
    except KeyboardInterrupt:
        print(file=sys.stderr)


@explained
def stop(state_dir: Path, name: str | None) -> None:
    """Nothing to stop is no fault: what was asked for is so."""
    try:
        client.stop(state_dir, name)
    except NotRunningError:
        if name:
            raise
        print("nothing runs here")
    else:
        print(f"stopped {name}" if name else "stopped; nothing is left running")
