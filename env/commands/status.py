"""`status`: a line a process, once or redrawn every second."""

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from env.commands.outcome import explained
from env.supervisor.control import client
from env.supervisor.hints import command
from env.supervisor.problems import NotRunningError

COLUMNS = ("name", "state", "ready", "restarts", "uptime", "cpu", "memory", "pid", "ports")
_TO_THE_RIGHT = {"restarts", "uptime", "cpu", "memory", "pid"}
_COLOUR_OF_STATE = {"failed": "31", "backoff": "33", "stopping": "33", "waiting": "33", "stopped": "2"}
_COLOUR_OF_READY = {"yes": "32", "unhealthy": "31", "starting": "33"}
WATCH_SECONDS = 1.0
_HOME, _CLEAR_LINE, _CLEAR_BELOW = "\x1b[H", "\x1b[K", "\x1b[J"
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l\x1b[?7l", "\x1b[?7h\x1b[?25h\x1b[?1049l"

Status = dict[str, Any]


@explained
def status(state_dir: Path, *, as_json: bool = False, watch: bool = False) -> None:
    if watch:
        _watch(state_dir, as_json=as_json)
    elif as_json:
        print(_json(client.status(state_dir), indent=2))
    else:
        for line in table(client.status(state_dir), state_dir):
            print(line)


def _watch(state_dir: Path, *, as_json: bool) -> None:
    """In place on a terminal; one after the other where somebody else reads. Ends with the run."""
    is_drawn = _can_draw() and not as_json
    former = None
    answer = client.status(state_dir)
    try:
        if is_drawn:
            sys.stdout.write(_ENTER)
        while True:
            if as_json:
                print(_json(answer), flush=True)
            elif is_drawn:
                _draw(table(answer, state_dir, former))
            else:
                print(*table(answer, state_dir, former), "", sep="\n", flush=True)
            time.sleep(WATCH_SECONDS)
            former, answer = answer, client.status(state_dir)
    except (KeyboardInterrupt, NotRunningError) as end:
        why = "" if isinstance(end, KeyboardInterrupt) else "the run has ended"
    finally:
        if is_drawn:
            sys.stdout.write(_LEAVE)
            sys.stdout.flush()
    if why:
        print(why, file=sys.stderr)


def _draw(lines: Iterable[str]) -> None:
    import os

    height = os.get_terminal_size(sys.stdout.fileno()).lines or None  # some terminals do not know it
    shown = "\r\n".join(f"{line}{_CLEAR_LINE}" for line in list(lines)[:height])
    sys.stdout.write(f"{_HOME}{shown}{_CLEAR_BELOW}")
    sys.stdout.flush()


def _json(answer: Status, indent: int | None = None) -> str:
    import json

    return json.dumps(answer, indent=indent)


def table(answer: Status, state_dir: Path, former: Status | None = None) -> list[str]:
    """With a `former` snapshot the CPU column is a load, 100 % being one core; without one it is CPU time."""
    loads = _loads(former, answer) if former else {}
    rows = [COLUMNS, *(row(process, loads.get(process["name"])) for process in answer["processes"])]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(cells, widths) for cells in rows]
    return [summary(answer), "", *lines, *_reasons(answer, state_dir)]


def summary(answer: Status) -> str:
    age = duration(time.time() - answer["started_at"])
    late = [process["name"] for process in answer["processes"] if not process["is_ready"]]
    if answer["is_stopping"]:
        text = "is being stopped"
    elif not late:
        text = f"ready, after {answer['ready_after_seconds']:.2f} s"
    else:
        text = f"not ready: {', '.join(late)}"
    return f"{text}; up {age}, pid {answer['pid']}"


def row(process: Status, load_percent: float | None = None) -> tuple[str, ...]:
    seconds = process["uptime_seconds"]
    is_alive = seconds is not None
    cpu = f"{process['cpu_seconds']:.1f}s" if load_percent is None else f"{load_percent:.0f}%"
    shown = {
        "name": process["name"],
        "state": process["state"],
        "ready": readiness(process),
        "restarts": str(process["restarts"]),
        "uptime": duration(seconds),
        "cpu": cpu if is_alive else "",
        "memory": size(process["memory_bytes"]) if is_alive else "",
        "pid": str(process["pid"] or ""),
        "ports": " ".join(map(str, process["ports"])),
    }
    return tuple(shown[column] or "-" for column in COLUMNS)


def readiness(process: Status) -> str:
    return "yes" if process["is_ready"] else process["health"] or "no"


def duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d{hours:02}h"
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{rest:02}s" if minutes else f"{rest}s"


def size(number_bytes: int) -> str:
    mebibytes = number_bytes / 1024**2
    return f"{mebibytes:.0f} MiB" if mebibytes < 1000 else f"{mebibytes / 1024:.1f} GiB"


def _loads(former: Status, answer: Status) -> dict[str, float]:
    """Of those who still live the same life."""
    before = {process["name"]: process for process in former["processes"]}
    found = {}
    for process in answer["processes"]:
        then = before.get(process["name"], {})
        if process["pid"] and then.get("pid") == process["pid"]:
            seconds = process["uptime_seconds"] - then["uptime_seconds"]
            # A program of the tree that ended takes its seconds along.
            spent = max(0.0, process["cpu_seconds"] - then["cpu_seconds"])
            found[process["name"]] = 100 * spent / seconds if seconds > 0 else 0.0
    return found


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    texts = []
    for column, cell, width in zip(COLUMNS, cells, widths, strict=True):
        text = cell.rjust(width) if column in _TO_THE_RIGHT else cell.ljust(width)
        texts.append(_coloured(column, cell, text))
    return "  ".join(texts).rstrip()


def _coloured(column: str, cell: str, text: str) -> str:
    colours = {"state": _COLOUR_OF_STATE, "ready": _COLOUR_OF_READY}.get(column, {})
    if cell not in colours or not wants_colour():
        return text
    return f"\x1b[{colours[cell]}m{text}\x1b[0m"


def wants_colour() -> bool:
    import os

    return _can_draw() and "NO_COLOR" not in os.environ


def _can_draw() -> bool:
    import os

    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _reasons(answer: Status, state_dir: Path) -> Iterable[str]:
    for warning in answer["warnings"]:
        yield ""
        yield f"warning: {warning}"
    for process in answer["processes"]:
        if process["state"] in {"failed", "backoff"} or process["health"] == "unhealthy":
            why = process["reason"] or f"ended with exit code {process['exit_code']}"
            yield ""
            yield f"{process['name']}: {why}"
            yield f"    -> look at {command(state_dir, 'logs ' + process['name'])}"
