"""`critical-chain`: what the start waited for, link by link, and when everything else came."""

import sys
from pathlib import Path
from typing import Any, NamedTuple

from env.commands.outcome import explained
from env.supervisor.control import client

_WORD = {
    "service_started": "started",
    "service_healthy": "healthy",
    "service_completed_successfully": "completed",
}
# Of a bar; together with names and figures it fits 80 columns.
_LONGEST_BAR = 48

Snapshot = dict[str, Any]


class Link(NamedTuple):
    name: str
    reached: str
    """What the next link waited for: started, healthy, completed; the first one is `ready`."""
    after_seconds: float
    """When it was reached, since the run began."""
    took_seconds: float
    """Since nothing held this process back any more."""


@explained
def critical_chain(state_dir: Path, *, as_json: bool = False) -> None:
    answer = client.status(state_dir)
    processes = of_the_start(answer)
    links = chain(processes)
    if as_json:
        import json

        facts = {"ready_after_seconds": answer["ready_after_seconds"], "chain": [x._asdict() for x in links]}
        print(json.dumps({**facts, "processes": [_times(process) for process in processes]}, indent=2))
        return
    for line in (*_heading(answer), "", *drawn(links), "", *timeline(processes)):
        print(line)
    if later := [p["name"] for p in answer["processes"] if p not in processes and p["started_after_seconds"]]:
        print(f"\nstarted again since and therefore left out: {', '.join(later)}")


def of_the_start(answer: dict[str, Any]) -> list[Snapshot]:
    """Without those that came back later: their figures tell of another time."""
    end = answer["ready_after_seconds"]
    processes: list[Snapshot] = answer["processes"]
    if end is None:
        return processes
    return [p for p in processes if p["ready_after_seconds"] is not None and p["ready_after_seconds"] <= end]


def chain(processes: list[Snapshot]) -> list[Link]:
    """From the last one that became ready back to the one that waited for nobody."""
    known = {process["name"]: process for process in processes}
    ready = [process for process in processes if process["ready_after_seconds"] is not None]
    # They come in the order of their dependencies: of those that were ready at once the last one is meant.
    process = max(reversed(ready), key=lambda one: float(one["ready_after_seconds"]), default=None)
    links: list[Link] = []
    reached, after = "ready", process["ready_after_seconds"] if process else 0.0
    while process is not None and process["name"] not in {link.name for link in links}:
        gate = max(process["waited_for"], key=lambda wait: float(wait["after_seconds"]), default=None)
        released = gate["after_seconds"] if gate else 0.0
        links.append(Link(process["name"], reached, after, round(max(0.0, after - released), 4)))
        if gate is None:
            break
        reached, after = _WORD[gate["condition"]], released
        process = known.get(gate["name"])
    return links


def drawn(links: list[Link]) -> list[str]:
    """As systemd-analyze draws it: `@` when it was reached, `+` how long it took."""
    if not links:
        return ["nothing is ready yet"]
    heads = [f"{'  ' * (depth - 1)}└─{link.name}" if depth else link.name for depth, link in enumerate(links)]
    width = max(map(len, heads))
    return [
        _printable(
            f"{head:<{width}}  {link.reached:<9}  @{link.after_seconds:.2f} s  +{link.took_seconds:.2f} s"
        )
        for head, link in zip(heads, links, strict=True)
    ]


def timeline(processes: list[Snapshot]) -> list[str]:
    """`·` while it waits for others, `█` from its start until it is ready."""
    end = max((process["ready_after_seconds"] or 0.0 for process in processes), default=0.0)
    per_second = _LONGEST_BAR / end if end else 0.0
    width = max((len(process["name"]) for process in processes), default=0)
    return [
        _printable(f"{process['name']:<{width}}  {_bar(process, per_second)}  {_figure(process)}")
        for process in sorted(processes, key=_start)
    ]


def _start(process: Snapshot) -> float:
    started = process["started_after_seconds"]
    return float("inf") if started is None else float(started)


def _heading(answer: dict[str, Any]) -> list[str]:
    if answer["is_ready"]:
        text = f"Everything was ready after {answer['ready_after_seconds']:.2f} s."
    else:
        late = [process["name"] for process in answer["processes"] if not process["is_ready"]]
        text = f"Not ready yet: {', '.join(late)}. So far:"
    return [text, "@ is when a process got there, + how long it took once nothing held it back."]


def _bar(process: Snapshot, per_second: float) -> str:
    started, ready = process["started_after_seconds"], process["ready_after_seconds"]
    if started is None:
        return "·" * _LONGEST_BAR
    if ready is None:
        ready = started
    waited = round(started * per_second)
    took = max(1, round(ready * per_second) - waited)
    return f"{'·' * min(waited, _LONGEST_BAR - 1)}{'█' * took}".ljust(_LONGEST_BAR)


def _figure(process: Snapshot) -> str:
    started, ready = process["started_after_seconds"], process["ready_after_seconds"]
    if started is None:
        return "waits"
    return "not ready yet" if ready is None else f"{ready - started:5.2f} s"


def _times(process: Snapshot) -> dict[str, Any]:
    keys = ("name", "started_after_seconds", "ready_after_seconds", "waited_for")
    return {key: process[key] for key in keys}


def _printable(line: str) -> str:
    """Where the terminal's encoding has no such signs."""
    try:
        line.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return line.replace("└─", "`-").replace("█", "#").replace("·", ".")
    return line
