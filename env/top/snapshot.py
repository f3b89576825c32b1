"""What one answer of the supervisor says about a process, in the words of the dashboard."""

from collections import deque
from enum import StrEnum
from typing import Any, NamedTuple

HISTORY = 16
# Two looks that lie closer together say nothing about the CPU.
LEAST_SECONDS = 0.7

Snapshot = dict[str, Any]


class Tone(StrEnum):
    """Names of the component classes that colour them."""

    GOOD = "good"
    BUSY = "busy"
    BAD = "bad"
    IDLE = "idle"


class Status(NamedTuple):
    symbol: str
    word: str
    tone: Tone


def status_of(process: Snapshot) -> Status:
    match process["state"], process["health"]:
        case "running", "healthy":
            return Status("●", "healthy", Tone.GOOD)
        case "running", "unhealthy":
            return Status("▲", "unhealthy", Tone.BAD)
        case "running", "starting":
            return Status("◐", "starting", Tone.BUSY)
        case "running", _:
            return (
                Status("●", "running", Tone.GOOD) if process["is_ready"] else Status("◐", "runs", Tone.BUSY)
            )
        case "completed", _:
            return Status("✓", "completed", Tone.IDLE)
        case "stopped", _:
            return Status("■", "stopped", Tone.IDLE)
        case "failed", _:
            return Status("✗", f"failed {process['exit_code'] or ''}".rstrip(), Tone.BAD)
        case "backoff", _:
            return Status("↻", "backs off", Tone.BAD)
        case "stopping", _:
            return Status("◌", "stopping", Tone.BUSY)
        case "waiting", _:
            return Status("○", "waiting", Tone.IDLE)
        case state, _:
            return Status("?", str(state), Tone.IDLE)


def is_alive(process: Snapshot) -> bool:
    return process["pid"] is not None


def ready_in(process: Snapshot) -> float | None:
    """Seconds from its start until it was ready; without a healthcheck or an awaited end that takes none."""
    started, ready = process["started_after_seconds"], process["ready_after_seconds"]
    return None if started is None or ready is None or ready - started < 0.05 else ready - started


def in_motion(answer: Snapshot) -> bool:
    """Worth a second look soon."""
    return bool(answer["is_stopping"]) or any(
        status_of(process).tone is Tone.BUSY for process in answer["processes"]
    )


class Meter:
    """CPU in percent of a core, from what two answers say about the seconds used."""

    def __init__(self) -> None:
        self._run: object = None
        self._at = 0.0
        self._seconds: dict[str, tuple[int | None, float]] = {}
        self._percent: dict[str, deque[float]] = {}

    def feed(self, answer: Snapshot, now: float) -> None:
        if answer["pid"] != self._run:
            self._run = answer["pid"]
            self._seconds.clear()
            self._percent.clear()
        elif now - self._at < LEAST_SECONDS:
            return
        elapsed, self._at = now - self._at, now
        for process in answer["processes"]:
            self._feed_one(process, elapsed)

    def _feed_one(self, process: Snapshot, elapsed: float) -> None:
        name, pid, seconds = process["name"], process["pid"], process["cpu_seconds"]
        before = self._seconds.pop(name, None)
        if pid is None or seconds is None:
            self._percent.pop(name, None)
            return
        self._seconds[name] = pid, seconds
        if before and before[0] == pid:
            used = max(0.0, seconds - before[1])  # a child that ended takes its seconds along
            self._percent.setdefault(name, deque(maxlen=HISTORY)).append(100 * used / elapsed)

    def percent(self, name: str) -> float | None:
        return self._percent[name][-1] if self._percent.get(name) else None

    def history(self, name: str) -> list[float]:
        return list(self._percent.get(name, ()))

    @property
    def total(self) -> float | None:
        known = [values[-1] for values in self._percent.values() if values]
        return sum(known) if known else None
