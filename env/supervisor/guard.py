"""Outlives a supervisor that was killed, for as long as it takes to end what that one could not.

The kernel tells our own children (see `dies_with_parent`) but not theirs: a daemon of a child would go on
for ever. A second process is the only remedy without privileges; it sleeps in one `read` and costs a fork.
"""

import os
import signal
import struct
import time
from contextlib import suppress

from env.supervisor.orphans import end_orphans
from env.supervisor.tree import Tree, send

# The leaders had their own grace by then.
STRAY_GRACE_SECONDS = 2.0

_NOTE = struct.Struct("=id")


class Guard:
    def __init__(self, run_id: str) -> None:
        reader, self._writer = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                _watch(reader, run_id)
            finally:
                os._exit(0)
        os.close(reader)

    def __enter__(self) -> "Guard":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """After an error the guard is not dismissed: closing its pipe sets it to work."""
        if kind is None:
            send(signal.SIGKILL, [self._pid])
        os.close(self._writer)
        with suppress(ChildProcessError):  # the loop may have reaped it
            os.waitpid(self._pid, 0)

    def note(self, pid: int, grace_seconds: float) -> None:
        """A leader: it gets its grace before the rest of its tree is ended."""
        with suppress(BrokenPipeError):  # somebody killed the guard
            os.write(self._writer, _NOTE.pack(pid, grace_seconds))


def _watch(reader: int, run_id: str) -> None:
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.dup2(reader, 0)
    # The lock, the terminal and everything else the supervisor holds must end with it.
    os.closerange(1, os.sysconf("SC_OPEN_MAX"))
    leaders: dict[int, float] = {}
    while note := os.read(0, _NOTE.size):
        pid, grace_seconds = _NOTE.unpack(note)
        leaders[pid] = grace_seconds
    _wait_for(leaders)
    end_orphans(run_id, STRAY_GRACE_SECONDS)


def _wait_for(leaders: dict[int, float]) -> None:
    begin = time.monotonic()
    while leaders:
        alive = Tree.now().pids
        waited = time.monotonic() - begin
        leaders = {pid: grace for pid, grace in leaders.items() if pid in alive and grace > waited}
        time.sleep(0.02)
