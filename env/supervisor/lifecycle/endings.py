"""How a process ends: its leader is told, then what it left behind, and at the deadline all are killed."""

import time
from collections.abc import Callable

from env.supervisor.lifecycle.process import Process
from env.supervisor.lifecycle.states import State
from env.supervisor.processes.children import Children
from env.supervisor.processes.loop import Loop

# A kill may race with a fork, and orphans of orphans have nobody who reports their end.
LOOK_AGAIN_SECONDS = 0.05
# Who is still there so long after a kill belongs to another user or hangs in the kernel.
GIVE_UP_SECONDS = 5.0

FollowUp = Callable[[], None]


class Endings:
    """All endings under way; `tend` moves every one of them on."""

    def __init__(self, loop: Loop, children: Children, on_unendable: Callable[[set[int]], None]) -> None:
        self._loop, self._children, self._on_unendable = loop, children, on_unendable
        self._active: dict[str, _Ending] = {}
        self._is_looking = False
        self.unendable: set[int] = set()

    def __contains__(self, process: Process) -> bool:
        return process.name in self._active

    @property
    def are_done(self) -> bool:
        return not self._active

    def end(
        self,
        process: Process,
        on_end: FollowUp,
        waiter: FollowUp | None = None,
        grace_seconds: float | None = None,
    ) -> None:
        """The newest wish decides what follows; every waiter hears of it."""
        process.unfollow()
        if process.is_alive:
            process.state = State.STOPPING
        ending = self._active.get(process.name)
        if ending is None:
            ending = self._begin(process, on_end, grace_seconds)
            self._children.tell(process.specification, process.pid)
        ending.on_end = on_end
        if waiter:
            ending.waiters.append(waiter)

    def ended(self, process: Process, on_end: FollowUp) -> None:
        """Its leader left by itself: only what it left behind is still to be ended."""
        self._begin(process, on_end).is_leader_gone = True
        self._look_again()

    def leader_gone(self, process: Process) -> None:
        self._active[process.name].is_leader_gone = True

    def kill_now(self) -> None:
        for ending in self._active.values():
            ending.deadline = min(ending.deadline, time.monotonic())
        self.tend()

    def tend(self) -> None:
        due = [ending for ending in self._active.values() if ending.is_due]
        if not due:
            return
        kin = self._children.kin()
        for ending in due:
            own = kin.get(ending.process.name, set())
            if ending.step(self._children, own):
                self._finish(ending)
            elif ending.is_hopeless:
                self.unendable |= own
                self._on_unendable(own)
                self._finish(ending)
            else:
                self._look_again()

    def _begin(self, process: Process, on_end: FollowUp, grace_seconds: float | None = None) -> "_Ending":
        grace = process.grace_seconds if grace_seconds is None else grace_seconds
        ending = self._active[process.name] = _Ending(process, on_end, grace)
        self._loop.after(grace, self.tend)
        return ending

    def _finish(self, ending: "_Ending") -> None:
        del self._active[ending.process.name]
        self._children.forget(ending.process.session)
        ending.process.close_pipes()
        for follow_up in (ending.on_end, *ending.waiters):
            follow_up()

    def _look_again(self) -> None:
        if not self._is_looking:
            self._is_looking = True
            self._loop.after(LOOK_AGAIN_SECONDS, self._look)

    def _look(self) -> None:
        self._is_looking = False
        self.tend()


class _Ending:
    def __init__(self, process: Process, on_end: FollowUp, grace_seconds: float) -> None:
        self.process, self.on_end = process, on_end
        self.deadline = time.monotonic() + grace_seconds
        self.waiters: list[FollowUp] = []
        self.is_leader_gone = False
        self._told: set[int] = set()

    @property
    def is_due(self) -> bool:
        return self.is_leader_gone or time.monotonic() >= self.deadline

    @property
    def is_hopeless(self) -> bool:
        return time.monotonic() >= self.deadline + GIVE_UP_SECONDS

    def step(self, children: Children, kin: set[int]) -> bool:
        """True when nothing of it is left."""
        if self.is_leader_gone and not kin:
            return True
        if time.monotonic() >= self.deadline:
            children.kill(kin)
        elif new := kin - self._told:
            children.ask(new)
            self._told |= new
        return False
