"""The dashboard: looks at the supervisor once a second and passes on what the keys ask for."""

import asyncio
import signal
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from env.supervisor.control import client
from env.supervisor.problems import NotRunningError, SupervisorError
from env.top.background import beside
from env.top.board import Board
from env.top.chain import ChainScreen
from env.top.dialogs import Help, Question
from env.top.snapshot import Snapshot, in_motion, is_alive
from env.top.themes import DARK, LIGHT, PLAIN, THEMES

LOOK_SECONDS = 1.0
SOON_SECONDS = 0.4
ANSWER_SECONDS = 3.0
READY_SECONDS = 60.0


class Dashboard(App[int]):
    CSS_PATH = "top.tcss"
    TITLE = "PixCrawler"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (180, "-wide")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "leave", "leave; the stack runs on"),
        Binding("r", "restart", "restart the selected process"),
        Binding("s", "stop_or_start", "stop the selected process, or start it"),
        Binding("R", "restart_all", "restart all, one after another; asks first", key_display="R"),
        Binding("X", "stop_all", "stop the whole stack; asks first", key_display="X"),
        Binding("c", "chain", "what the start waited for"),
        Binding("d,T", "other_theme", "light or dark", key_display="d"),
        Binding("ctrl+p", "command_palette", "all commands by name", key_display="ctrl+p"),
        Binding("question_mark", "help", "these keys", key_display="?"),
    ]

    def __init__(self, state_dir: Path, theme: str) -> None:
        super().__init__(ansi_color=True if theme == PLAIN else None)
        for each in THEMES:
            self.register_theme(each)
        self.theme = theme
        self._state_dir = state_dir
        self._board = Board(state_dir)
        self._answer: Snapshot | None = None
        self._soon = asyncio.Event()

    def get_default_screen(self) -> Screen[None]:
        return self._board

    def on_mount(self) -> None:
        if sys.platform != "win32" and not self.is_headless:
            # A terminal that goes away, or a kill: leave the screen as it was.
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self.exit)
        self.look()

    @work(exclusive=True, group="look")
    async def look(self) -> None:
        while True:
            answers = True
            try:
                self._answer = await beside(lambda: client.status(self._state_dir, ANSWER_SECONDS))
            except NotRunningError:
                self._answer = None
            except SupervisorError:
                answers = False
            self._board.show(self._answer, answers=answers)
            if isinstance(self.screen, ChainScreen):
                self.screen.show(self._answer)
            await self._pause()

    async def _pause(self) -> None:
        seconds = SOON_SECONDS if self._answer and in_motion(self._answer) else LOOK_SECONDS
        try:
            await asyncio.wait_for(self._soon.wait(), seconds)
        except TimeoutError:
            return
        self._soon.clear()

    def action_leave(self) -> None:
        self.exit(0)

    def action_help_quit(self) -> None:
        """Ctrl-C, which whoever comes from `invoke dev` types."""
        self.notify("q leaves the dashboard, X stops the stack", title="The stack runs on", markup=False)

    def action_restart(self) -> None:
        if process := self._board.process:
            self.restart(process["name"])

    def action_stop_or_start(self) -> None:
        if process := self._board.process:
            self.change("stop" if is_alive(process) else "start", process["name"])

    def action_restart_all(self) -> None:
        running = [
            process["name"] for process in (self._answer or {}).get("processes", []) if is_alive(process)
        ]
        if running:
            text = f"{len(running)} processes, one after another; each as soon as the one before is ready."
            self._ask("Restart all?", text, lambda: self.restart_all(running))

    def action_stop_all(self) -> None:
        if self._answer:
            text = f"All {len(self._answer['processes'])} processes end; `invoke dev` starts them again."
            self._ask("Stop the whole stack?", text, self.stop_all)

    def action_chain(self) -> None:
        self.push_screen(ChainScreen(self._answer))

    def action_other_theme(self) -> None:
        self.theme = LIGHT if self.current_theme.dark else DARK

    def action_help(self) -> None:
        self.push_screen(Help({"Processes": _keys(self.BINDINGS), "Log": _keys(Board.BINDINGS)}))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        for process in (self._answer or {}).get("processes", []):
            name, verb = process["name"], "stop" if is_alive(process) else "start"
            does = f"{verb.capitalize()} {name}"
            yield SystemCommand(f"Log of {name}", "What it wrote", partial(self._board.open, name))
            yield SystemCommand(f"Restart {name}", "With a new process", partial(self.restart, name))
            yield SystemCommand(does, "And nothing else", partial(self.change, verb, name))
        yield SystemCommand(
            "Log of the supervisor", "What it did and why", lambda: self._board.open("system")
        )
        yield SystemCommand("Restart all", "Those that run, one after another", self.action_restart_all)
        yield SystemCommand("Stop the whole stack", "Asks first", self.action_stop_all)
        yield SystemCommand("Critical chain", "What the start waited for", self.action_chain)
        yield from super().get_system_commands(screen)

    def _ask(self, title: str, text: str, then: Callable[[], object]) -> None:
        def answered(is_wanted: bool | None) -> None:
            if is_wanted:
                then()

        self.push_screen(Question(title, text), answered)

    @work(group="change")
    async def restart(self, name: str) -> None:
        if await self._did(lambda: client.restart(self._state_dir, name)):
            self.notify(f"{name} was restarted", markup=False)

    @work(group="change")
    async def change(self, verb: str, name: str) -> None:
        do = client.stop if verb == "stop" else client.start
        if await self._did(lambda: do(self._state_dir, name)):
            self.notify(f"{name} was {'stopped' if verb == 'stop' else 'started'}", markup=False)

    @work(group="change", exclusive=True)
    async def restart_all(self, names: list[str]) -> None:
        for number, name in enumerate(names):
            former = self._process(name)
            if not await self._did(partial(client.restart, self._state_dir, name)):
                return
            self.notify(f"{name} was restarted, {number + 1} of {len(names)}", timeout=3, markup=False)
            await self._until_ready(name, former["pid"] if former else None)

    @work(group="change")
    async def stop_all(self) -> None:
        if await self._did(lambda: client.stop(self._state_dir)):
            self.notify("nothing of it is left running", title="The stack was stopped", markup=False)

    async def _did(self, work: Callable[[], object]) -> bool:
        self._soon.set()
        try:
            await beside(work)
        except SupervisorError as error:
            for problem in error.problems:
                self.notify(problem.hint, title=problem.what, severity="error", timeout=10, markup=False)
            return False
        finally:
            self._soon.set()
        return True

    async def _until_ready(self, name: str, former_pid: int | None) -> None:
        """Or until it is plain that it will not be; what is known may still tell of the former one."""
        deadline = asyncio.get_running_loop().time() + READY_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            process = self._process(name)
            if process is None:
                return
            if process["pid"] != former_pid and (process["is_ready"] or not is_alive(process)):
                return
            await asyncio.sleep(SOON_SECONDS)

    def _process(self, name: str) -> Snapshot | None:
        processes = self._answer["processes"] if self._answer else []
        return next((process for process in processes if process["name"] == name), None)


def _keys(bindings: Iterable[BindingType]) -> list[tuple[str, str]]:
    return [
        (binding.key_display or binding.key, binding.description)
        for binding in bindings
        if isinstance(binding, Binding) and binding.description
    ]
