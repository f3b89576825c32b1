"""How a process is ended: its leader is told, then what the leader left behind, and at the deadline all of it killed."""

import signal
import time
from collections.abc import Callable

from env.supervisor.children import Children
from env.supervisor.loop import Loop
from env.supervisor.process import Process
from env.supervisor.tree import Tree, send

# A kill may race with a fork, and orphans of orphans have nobody who reports their end.
LOOK_AGAIN_SECONDS = 0.05
# For strays that belong to no process any more.
STRAY_GRACE_SECONDS = 2.0


class Ending:
    def __init__(self, process: Process, deadline: float, on_end: Callable[[], None]) -> None:
        self.process, self.deadline, self.on_end = process, deadline, on_end
        self.waiters: list[Callable[[], None]] = []
        self.is_leader_gone = False
        self._told: set[int] = set()

    def tell_leader(self) -> None:
        """Only the leader: a Celery pool that gets the signal as well loses its running tasks."""
        send(self.process.specification.settings.stop_signal, [self.process.pid])
        send(signal.SIGCONT, [self.process.pid])  # a stopped process would not hear it

    def step(self, kin: set[int]) -> bool:
        """True when nothing of it is left."""
        if self.is_leader_gone and not kin:
            return True
        if time.monotonic() >= self.deadline:
            send(signal.SIGKILL, kin)
        elif self.is_leader_gone:
            send(signal.SIGTERM, kin - self._told)
            send(signal.SIGCONT, kin - self._told)
            self._told |= kin
        return False


class Endings:
    """All endings under way; `tend` moves every one of them on."""

    def __init__(self, loop: Loop, children: Children) -> None:
        self._loop, self._children = loop, children
        self._active: dict[str, Ending] = {}
        self._strays_told: set[int] = set()
        self._strays_deadline: float | None = None
        self._is_looking = False

    def __contains__(self, process: Process) -> bool:
        return process.name in self._active

    def begin(self, process: Process, grace_seconds: float, on_end: Callable[[], None]) -> Ending:
        ending = Ending(process, time.monotonic() + grace_seconds, on_end)
        self._active[process.name] = ending
        self._loop.after(grace_seconds, self.tend)
        return ending

    def redirect(self, process: Process, on_end: Callable[[], None]) -> None:
        self._active[process.name].on_end = on_end

    def tell_when_ended(self, process: Process, waiter: Callable[[], None]) -> None:
        self._active[process.name].waiters.append(waiter)

    def leader_gone(self, process: Process) -> None:
        self._active[process.name].is_leader_gone = True

    def kill_now(self) -> None:
        for ending in self._active.values():
            ending.deadline = 0.0
        self._strays_deadline = 0.0
        self.tend()

    def tend(self) -> None:
        now = time.monotonic()
        due = [ending for ending in self._active.values() if ending.is_leader_gone or now >= ending.deadline]
        if not due:
            return
        kin = self._children.kin(Tree.now())
        for ending in due:
            if ending.step(kin.get(ending.process.name, set())):
                del self._active[ending.process.name]
                self._children.forget_session(ending.process.session)
                for follow_up in (ending.on_end, *ending.waiters):
                    follow_up()
            else:
                self._look_again()

    def sweep_strays(self) -> bool:
        """True when no descendant is left at all. For the very end, after every ending."""
        left = self._children.everyone(Tree.now())
        if not left:
            return True
        now = time.monotonic()
        if self._strays_deadline is None:
            self._strays_deadline = now + STRAY_GRACE_SECONDS
        if now >= self._strays_deadline:
            send(signal.SIGKILL, left)
        else:
            send(signal.SIGTERM, left - self._strays_told)
            self._strays_told |= left
        return False

    def _look_again(self) -> None:
        if not self._is_looking:
            self._is_looking = True
            self._loop.after(LOOK_AGAIN_SECONDS, self._look)

    def _look(self) -> None:
        self._is_looking = False
        self.tend()
