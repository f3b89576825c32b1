"""Outlives a supervisor that was killed, for as long as it takes to end what that one could not.

The kernel tells our own children (see `dies_with_parent`) but not theirs: a daemon of a child would go on
for ever. A second process is the only remedy without privileges. It is a shell that sleeps in one `read`,
because that costs a tenth of a Python, and becomes one when its pipe says that nobody is there any more.
"""

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from env.supervisor.processes.orphans import RUN_VARIABLE, end_orphans
from env.supervisor.processes.platform import IS_LINUX
from env.supervisor.processes.spawn import spawn
from env.supervisor.processes.tree import kill, marked, send

if sys.platform == "win32":
    raise ImportError("there is neither fork nor waitpid")

# The leaders had their own grace by then.
STRAY_GRACE_SECONDS = 2.0
SHORTEST_LIFE_SECONDS = 0.5

_ROOT = Path(__file__).parents[3]
_SCRIPT = """trap "" HUP INT QUIT TERM; while read -r n; do notes="$notes $n"; done; exec "$@" $notes"""


class Guard:
    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._notes: dict[int, bytes] = {}
        self._begin()

    def __enter__(self) -> "Guard":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """After an error the guard is not dismissed: closing its pipe sets it to work."""
        if kind is None and self._is_alive:
            kill([self.pid])
        os.close(self._writer)
        with suppress(ChildProcessError):  # the loop may have reaped it
            os.waitpid(self.pid, 0)

    def note(self, pid: int, stop_signal: signal.Signals, grace_seconds: float) -> None:
        """A leader: it gets its grace before the rest of its tree is ended."""
        self._notes[pid] = f"{pid}:{stop_signal:d}:{grace_seconds}\n".encode()
        self._tell(self._notes[pid])

    def forget(self, pid: int) -> None:
        self._notes.pop(pid, None)

    def renew(self) -> None:
        """Somebody killed it, and we have reaped it. One that dies at once would only do so again."""
        self._is_alive = False
        if time.monotonic() - self._begun < SHORTEST_LIFE_SECONDS:
            return
        former = self._writer
        with suppress(OSError):
            self._begin()
            os.close(former)
            self._tell(b"".join(self._notes.values()))

    def _begin(self) -> None:
        clean_up = [sys.executable, "-m", "env.supervisor.processes.guard", self._run_id]
        nowhere = os.open(os.devnull, os.O_WRONLY)  # the terminal must end with the supervisor
        try:
            reader, writer = os.pipe()
            self.pid = spawn(["/bin/sh", "-c", _SCRIPT, "sh", *clean_up], _ROOT, os.environ, reader, nowhere)
            os.close(reader)
        finally:
            os.close(nowhere)
        self._writer = writer
        self._begun, self._is_alive = time.monotonic(), True

    def _tell(self, notes: bytes) -> None:
        with suppress(BrokenPipeError):  # somebody killed it, which we shall hear of
            os.write(self._writer, notes)


def clean_up(run_id: str, notes: list[str]) -> None:
    leaders = {}
    for note in notes:
        leader, number, grace = note.split(":")
        leaders[int(leader)] = signal.Signals(int(number)), float(grace)
    for pid in leaders.keys() & marked(RUN_VARIABLE, run_id):
        if not IS_LINUX:  # where the kernel has told them already
            send(leaders[pid][0], [pid])
        send(signal.SIGCONT, [pid])  # a stopped one would not hear it
    _wait_for(run_id, {pid: grace_seconds for pid, (_, grace_seconds) in leaders.items()})
    end_orphans(run_id, STRAY_GRACE_SECONDS)


def _wait_for(run_id: str, leaders: dict[int, float]) -> None:
    begin = time.monotonic()
    while leaders:
        alive = marked(RUN_VARIABLE, run_id)
        waited = time.monotonic() - begin
        leaders = {pid: grace for pid, grace in leaders.items() if pid in alive and grace > waited}
        time.sleep(0.02)


if __name__ == "__main__":
    clean_up(sys.argv[1], sys.argv[2:])
