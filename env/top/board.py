"""The main screen: the processes, the log of one or of all, and how to find something in it."""

import asyncio
import time
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input, Label

from env.top.background import beside
from env.top.bars import Empty, Header, Hint, KeyBar, LogTitle
from env.top.feed import Feed, cleaned
from env.top.logview import LogView
from env.top.processes import ProcessList
from env.top.snapshot import Snapshot, is_alive, status_of
from env.top.words import duration

FOLLOW_SECONDS = 0.2
SEARCH, FILTER = "search", "filter"


class Board(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "all", "the log of all, or of the selected one"),
        Binding("enter", "full", "the log on the full screen, and back"),
        Binding("slash", "ask('search')", "search: text, or /a regular expression/", key_display="/"),
        Binding("n", "match(1)", "the next match below"),
        Binding("N", "match(-1)", "the next match above", key_display="N"),
        Binding("f", "ask('filter')", "show only lines with this"),
        Binding("escape", "back", "end search, filter, full screen", key_display="esc"),
        Binding("left", "aside(-8)", "to the start of long lines", key_display="←"),
        Binding("right", "aside(8)", "to the end of long lines", key_display="→"),
        Binding("space", "follow", "stand still, or follow"),
        Binding("w", "wrap", "wrap long lines, or cut them"),
        Binding("y", "copy", "copy what was found, or the whole view"),
        Binding("pageup,ctrl+b", "page(-1)", "a page up; it stands still", key_display="page up"),
        Binding("pagedown,ctrl+f", "page(1)", "a page down", key_display="page down"),
        Binding("home,g", "top", "the oldest line", key_display="home"),
        Binding("end,G", "bottom", "the newest line, and follow", key_display="end"),
    ]

    def __init__(self, state_dir: Path) -> None:
        super().__init__()
        self._state_dir = state_dir
        self.header = Header(state_dir)
        self.list = ProcessList()
        self.empty = Empty()
        self.title_line = LogTitle()
        self.log_view = LogView()
        self.keys = KeyBar()
        self.subject: str | None = None
        """Whose log is shown; None: of all."""
        self._asked = SEARCH
        self._last: tuple[Snapshot, float] | None = None

    def compose(self) -> ComposeResult:
        yield self.header
        with Container(id="body"):
            with Vertical(id="top"):
                yield self.list
                yield self.empty
            with Vertical(id="output"):
                yield self.title_line
                yield self.log_view
                with Horizontal(id="prompt"):
                    yield Label("/", markup=False)
                    yield Input(compact=True)
        yield self.keys

    def on_mount(self) -> None:
        self.list.focus()
        self.add_class("-ended", "-silent")
        self.look_at(None)

    def show(self, answer: Snapshot | None, *, answers: bool = True) -> None:
        """None: nothing runs. `answers` is false while the supervisor has no time for us."""
        now = time.time()
        if answer:
            self.list.meter.feed(answer, time.monotonic())
            self.list.show(answer["processes"])
            self.log_view.know(process["name"] for process in answer["processes"])
            self._last = answer, now
        elif not self.has_class("-ended"):
            self.empty.show(self._how_long())
            self.look_at(None)
        self.header.show(answer, self.list.meter, now, answers=answers)
        self.set_class(answer is None, "-ended")
        self.retitle()

    @property
    def process(self) -> Snapshot | None:
        return None if self.has_class("-ended") else self.list.process

    def look_at(self, name: str | None) -> None:
        self.subject = name
        self.follow(Feed(self._state_dir, name))

    def open(self, name: str) -> None:
        if any(process["name"] == name for process in self.list.processes):
            self.list.select(name)
        self.look_at(name)
        self.retitle()

    @work(exclusive=True, group="log")
    async def follow(self, feed: Feed) -> None:
        lines = await beside(feed.read)
        self.log_view.begin(tells_names=self.subject is None)
        while True:
            if lines:
                self.log_view.extend(lines)
            self.set_class(self.log_view.is_empty, "-silent")
            await asyncio.sleep(FOLLOW_SECONDS)
            lines = await beside(feed.read)

    def _how_long(self) -> str:
        if not self._last:
            return ""
        answer, at = self._last
        ended = time.strftime("%H:%M:%S", time.localtime(at))
        return f"the last run ended at {ended} after {duration(at - answer['started_at'])}"

    @on(ProcessList.Selected)
    def another(self) -> None:
        self.look_at(self.list.selected)
        self.retitle()

    @on(LogView.Changed)
    def retitle(self) -> None:
        self.title_line.show(self._subject(), self._view())
        self.keys.show(self._hints())

    def _subject(self) -> list[tuple[str, str]]:
        if self.subject is None:
            return [("all processes", "bar--strong")]
        process = next((each for each in self.list.processes if each["name"] == self.subject), None)
        if process is None or self.has_class("-ended"):
            return [(self.subject, "bar--strong")]
        status = status_of(process)
        told = [(self.subject, "bar--strong"), (f"{status.symbol} {status.word}", status.tone)]
        if process["reason"]:
            told.append((cleaned(process["reason"]), "bad"))
        if process["pid"]:
            told.append((f"pid {process['pid']}", "bar--quiet"))
        return [*told, (cleaned(process["command"]), "bar--quiet")]

    def _view(self) -> list[tuple[str, str]]:
        view, told = self.log_view, []
        if view.filter:
            told.append((f"filter: {view.filter.typed}", "bar--alert"))
        if view.pattern:
            told.append((f"/{view.pattern.typed} {view.found}".rstrip(), "bar--alert"))
        if not view.is_following:
            missed = f", {view.missed} more below" if view.missed else ""
            told.append((f"stands still{missed}", "bar--alert"))
        return told or [("follows", "bar--quiet")]

    def _hints(self) -> list[Hint]:
        process = self.process
        leave = "leave" if self.has_class("-ended") else "leave, the stack runs on"
        hints = [Hint("q", leave, "app.leave", 99)]
        if process:
            verb = "stop" if is_alive(process) else "start"
            hints += [Hint("r", "restart", "app.restart", 9), Hint("s", verb, "app.stop_or_start", 9)]
        full = "back" if self.has_class("-full") else "full log"
        return [
            *hints,
            Hint("/", "search", "screen.ask('search')", 8),
            Hint("f", "filter", "screen.ask('filter')", 7),
            Hint("a", "all logs" if self.subject else "one log", "screen.all", 6),
            Hint("enter", full, "screen.full", 3),
            Hint("c", "critical chain", "app.chain", 4),
            Hint("?", "help", "app.help", 90),
        ]

    def action_all(self) -> None:
        self.look_at(self.list.selected if self.subject is None else None)
        self.retitle()

    def action_full(self) -> None:
        self.toggle_class("-full")
        (self.log_view if self.has_class("-full") else self.list).focus()
        self.retitle()

    def action_ask(self, what: str) -> None:
        self._asked = what
        prompt, pattern = self.query_one(Input), self.log_view.filter if what == FILTER else None
        self.query_one("#prompt Label", Label).update("filter" if what == FILTER else "/")
        prompt.placeholder = "text, or /a regular expression/"
        prompt.value = pattern.typed if pattern else ""
        self.query_one("#prompt").add_class("-open")
        prompt.focus()

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        if self._asked == FILTER:
            self.log_view.narrow(event.value)
        else:
            self.log_view.search(event.value)

    @on(Input.Submitted)
    def submitted(self) -> None:
        self._close_prompt()
        if self._asked == SEARCH:
            self.log_view.go_to_match(0)

    def _close_prompt(self) -> None:
        self.query_one("#prompt").remove_class("-open")
        (self.log_view if self.has_class("-full") else self.list).focus()

    def action_match(self, step: int) -> None:
        if not self.log_view.pattern:
            self.action_ask(SEARCH)
        else:
            self.log_view.go_to_match(step)

    def action_back(self) -> None:
        """One step at a time, the newest first."""
        if self.query_one("#prompt").has_class("-open"):
            self.query_one(Input).value = ""
            self._close_prompt()
        elif self.log_view.pattern:
            self.log_view.search("")
        elif self.log_view.filter:
            self.log_view.narrow("")
        elif self.has_class("-full"):
            self.action_full()
        else:
            self.log_view.is_following = True

    def action_follow(self) -> None:
        self.log_view.is_following = not self.log_view.is_following

    def action_wrap(self) -> None:
        self.log_view.wraps = not self.log_view.wraps

    def action_copy(self) -> None:
        lines = self.log_view.text_to_copy()
        self.app.copy_to_clipboard("\n".join(lines))
        what = "1 line" if len(lines) == 1 else f"{len(lines)} lines"
        self.notify(f"{what} given to the clipboard of the terminal", timeout=2, markup=False)

    def action_page(self, pages: int) -> None:
        self.log_view.scroll_relative(y=pages * (self.log_view.size.height - 1), animate=False)

    def action_top(self) -> None:
        self.log_view.scroll_home(animate=False)

    def action_bottom(self) -> None:
        self.log_view.is_following = True

    def action_aside(self, cells: int) -> None:
        self.log_view.scroll_relative(x=cells, animate=False)
