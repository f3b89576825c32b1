"""What a tree of processes costs; read only when somebody asks."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from env.supervisor.processes.platform import IS_LINUX


class Usage(NamedTuple):
    """`cpu_seconds` since each began, with the children it waited for: the difference of two is the load."""

    processes: int = 0
    cpu_seconds: float = 0.0
    memory_bytes: int = 0


def usage_of(pids: Iterable[int]) -> Usage:
    found = [usage for pid in pids if (usage := _one(pid))]
    return Usage(
        len(found),
        round(sum(usage.cpu_seconds for usage in found), 2),
        sum(usage.memory_bytes for usage in found),
    )


def _one(pid: int) -> Usage | None:
    return _linux(pid) if IS_LINUX else _portable(pid)


def _linux(pid: int) -> Usage | None:
    """Fields 14 to 17 of proc(5)'s stat are user and system time, field 24 the resident pages."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    if sys.platform != "linux":
        return None
    ticks = sum(map(int, fields[11:15]))
    return Usage(1, ticks / os.sysconf("SC_CLK_TCK"), int(fields[21]) * os.sysconf("SC_PAGE_SIZE"))


def _portable(pid: int) -> Usage | None:
    import psutil  # slow to import

    try:
        process = psutil.Process(pid)
        return Usage(1, sum(process.cpu_times()[:4]), process.memory_info().rss)
    except (psutil.Error, OSError):
        return None
