"""The end of a run: who is told when, and when it is over."""

import time
from collections.abc import Collection

from env.supervisor.lifecycle.endings import GIVE_UP_SECONDS, LOOK_AGAIN_SECONDS, Endings
from env.supervisor.lifecycle.process import Process
from env.supervisor.processes.children import Children
from env.supervisor.processes.loop import Loop

# For strays that belong to no process any more.
STRAY_GRACE_SECONDS = 2.0


class Shutdown:
    def __init__(
        self, loop: Loop, children: Children, endings: Endings, processes: Collection[Process], code: int
    ) -> None:
        self.code = code
        self._loop, self._children, self._endings, self._processes = loop, children, endings, processes
        self._strays_told: set[int] = set()
        self._strays_begin: float | None = None
        for process in processes:
            if not process.is_alive:
                process.rest()
        longest = max(
            (process.grace_seconds for process in processes if process.is_alive), default=STRAY_GRACE_SECONDS
        )
        self._begin = time.monotonic()
        self._deadline = self._begin + longest
        # However long dependents take, the others keep half of the longest grace for themselves.
        loop.after(longest / 2, self._tell_all)
        self.proceed()

    @property
    def age_seconds(self) -> float:
        return time.monotonic() - self._begin

    def proceed(self) -> None:
        """Tells those on whom nobody alive depends: a task can still write its result to its database."""
        needed = self._needed()
        for process in self._processes:
            if process.name not in needed:
                self._tell(process)

    def kill(self) -> None:
        self._deadline = time.monotonic()
        self._tell_all()
        self._endings.kill_now()

    def is_over(self) -> bool:
        """When nothing is left, daemons of daemons included."""
        if any(process.is_alive for process in self._processes) or not self._endings.are_done:
            return False
        left = self._children.everyone() - self._endings.unendable
        if left and not self._are_hopeless():
            self._end_strays(left)
            self._loop.after(LOOK_AGAIN_SECONDS, lambda: None)
            return False
        return True

    def _needed(self) -> set[str]:
        """Also by way of those that completed: the API needs the database that its migration needed."""
        wishes = {process.name: process.specification.settings.depends_on for process in self._processes}
        needed: set[str] = set()
        todo = [other for process in self._processes if process.is_alive for other in wishes[process.name]]
        while todo:
            name = todo.pop()
            if name not in needed:
                needed.add(name)
                todo += wishes[name]
        return needed

    def _tell_all(self) -> None:
        for process in self._processes:
            self._tell(process)

    def _tell(self, process: Process) -> None:
        if process.is_alive and process not in self._endings:
            grace = min(process.grace_seconds, self._deadline - time.monotonic())
            self._endings.end(process, process.rest, grace_seconds=grace)

    def _end_strays(self, left: set[int]) -> None:
        """Within what is left of the longest grace."""
        now = time.monotonic()
        if self._strays_begin is None:
            self._strays_begin = now
        if now >= min(self._deadline, self._strays_begin + STRAY_GRACE_SECONDS):
            self._children.kill(left)
        elif new := left - self._strays_told:
            self._children.ask(new)
            self._strays_told |= new

    def _are_hopeless(self) -> bool:
        begin = self._strays_begin
        return begin is not None and time.monotonic() >= begin + STRAY_GRACE_SECONDS + GIVE_UP_SECONDS
