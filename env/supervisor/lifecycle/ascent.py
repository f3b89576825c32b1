"""The way up: starts each process as soon as nothing it depends on is missing."""

from collections.abc import Callable, Mapping
from functools import partial

from env.supervisor.lifecycle.aftermath import Aftermath
from env.supervisor.lifecycle.milestones import Milestones
from env.supervisor.lifecycle.narrator import Narrator
from env.supervisor.lifecycle.process import Process
from env.supervisor.lifecycle.states import State
from env.supervisor.problems import SupervisorError


class Ascent:
    def __init__(
        self,
        processes: Mapping[str, Process],
        aftermath: Aftermath,
        narrator: Narrator,
        may_go_on: Callable[[], bool],
        milestones: Milestones,
    ) -> None:
        self._processes, self._aftermath, self._narrator = processes, aftermath, narrator
        self._may_go_on, self._milestones = may_go_on, milestones
        self.on_ready: Callable[[], None] = lambda: None
        self.recall: Callable[[Process], None] = lambda _process: None

    def advance(self) -> None:
        self.launch()
        self._announce()

    def launch(self) -> None:
        """Starts whatever waits for nothing any more; one start may fulfil the wish of another."""
        self._note_ready()
        while self._may_go_on() and (free := [p for p in self._processes.values() if self._may_start(p)]):
            self._start(free[0])
            self._note_ready()

    def expect(self, process: Process) -> None:
        """With what it depends on."""
        process.expect_start()
        for name in process.specification.settings.depends_on:
            other = self._processes[name]
            if other.state is State.STOPPING:
                self.recall(other)
            elif other.state is not State.COMPLETED and not other.is_alive:
                self.expect(other)

    def is_waited_for(self, process: Process) -> bool:
        return any(
            other.state is State.WAITING and process.name in other.specification.settings.depends_on
            for other in self._processes.values()
        )

    def _may_start(self, process: Process) -> bool:
        if process.state is not State.WAITING:
            return False
        wishes = process.specification.settings.depends_on
        fulfilled = {name: wish for name, wish in wishes.items() if self._processes[name].satisfies(wish)}
        for name, wish in fulfilled.items():
            process.milestones.let_go(name, wish)
        return len(fulfilled) == len(wishes)

    def _start(self, process: Process) -> None:
        try:
            process.spawn(partial(self._aftermath.exited, process))
        except (OSError, SupervisorError) as error:
            self._aftermath.refused(process, str(error))
            return
        self._narrator.of(process, "started", f"started (pid={process.pid})")
        process.follow(partial(self._aftermath.health_changed, process))

    def _note_ready(self) -> None:
        for process in self._processes.values():
            if process.is_ready:
                process.milestones.become_ready()

    def _announce(self) -> None:
        are_ready = all(process.is_ready for process in self._processes.values())
        if are_ready and self._milestones.ready is None and self._may_go_on():
            self._milestones.become_ready()
            self._narrator.say("ready", "everything is ready")
            self.on_ready()
