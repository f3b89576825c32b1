"""The list of processes: a line each, as many columns as there is room for."""

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from env.top.ink import ink
from env.top.snapshot import Meter, Snapshot, Tone, is_alive, ready_in, status_of
from env.top.words import duration, moment, percent, shortened, size, sparkline

SPARK_WIDTH = 10
GAP = 2


class Column(NamedTuple):
    title: str
    width: int
    cell: Callable[[Snapshot, Meter], str]
    is_right: bool = True


STATUS = Column("STATUS", 13, lambda process, _: " ".join(status_of(process)[:2]), is_right=False)
# In the order in which they are given room.
COLUMNS = (
    STATUS,
    Column(
        "CPU",
        6,
        lambda process, meter: percent(meter.percent(process["name"]) if is_alive(process) else None),
    ),
    Column("MEMORY", 8, lambda process, _: size(process["memory_bytes"] if is_alive(process) else None)),
    Column("UPTIME", 7, lambda process, _: duration(process["uptime_seconds"])),
    Column("RESTARTS", 8, lambda process, _: str(process["restarts"] or "·")),
    Column("PORTS", 11, lambda process, _: " ".join(map(str, process["ports"])), is_right=False),
    Column("READY IN", 8, lambda process, _: moment(ready_in(process))),
    Column("", SPARK_WIDTH, lambda process, meter: sparkline(meter.history(process["name"]), SPARK_WIDTH)),
)
# Read from left to right they stand otherwise.
ORDER = ("STATUS", "READY IN", "RESTARTS", "UPTIME", "", "CPU", "MEMORY", "PORTS")


class ProcessList(ScrollView, can_focus=True, inherit_bindings=False):
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "list--title",
        "list--cursor",
        "list--quiet",
        "list--spark",
        *Tone,
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
    ]

    class Selected(Message):
        """Another process is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.processes: list[Snapshot] = []
        self.meter = Meter()
        self.selected: str | None = None
        self._columns: list[Column] = []
        self._name_width = 0

    @property
    def process(self) -> Snapshot | None:
        return next((process for process in self.processes if process["name"] == self.selected), None)

    def show(self, processes: list[Snapshot]) -> None:
        self.processes = processes
        names = [process["name"] for process in processes]
        if self.selected not in names and names:
            self.select(names[0])
        self.styles.height = len(processes) + 1
        self._lay_out()

    def select(self, name: str) -> None:
        self.selected = name
        number = [process["name"] for process in self.processes].index(name)
        top = round(self.scroll_y)
        seen = max(number + 2 - self.size.height, min(number, top))  # below the titles, which stay
        if seen != top:
            self.scroll_to(y=seen, animate=False, immediate=True)
        self.refresh()

    def action_move(self, step: int) -> None:
        names = [process["name"] for process in self.processes]
        if self.selected in names:
            self._pick(max(0, min(len(names) - 1, names.index(self.selected) + step)))

    def _pick(self, number: int) -> None:
        self.select(self.processes[number]["name"])
        self.post_message(self.Selected())

    def on_click(self, event: events.Click) -> None:
        row = event.y + round(self.scroll_y) - 1
        if event.y and 0 <= row < len(self.processes):
            self._pick(row)

    def on_resize(self, _event: events.Resize) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        self._name_width = min(20, max([7, *(len(process["name"]) for process in self.processes)]))
        room = self.size.width - self._name_width - 3
        chosen = []
        for column in COLUMNS:
            room -= GAP + column.width
            if room < 0:
                break
            chosen.append(column)
        self._columns = sorted(chosen, key=lambda column: ORDER.index(column.title))
        self.virtual_size = Size(0, len(self.processes) + 1)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        row = y + self.scroll_offset.y
        if y and row > len(self.processes):
            return Strip.blank(width, base)
        if y == 0:
            text = self._titles()
        else:
            process = self.processes[row - 1]
            text = self._row(process)
            if process["name"] == self.selected:
                base = self.get_component_rich_style("list--cursor")
        text.stylize_before(base)
        return Strip(text.render(self.app.console)).crop_extend(0, width, base)

    def _titles(self) -> Text:
        text = Text(f"  {'PROCESS':<{self._name_width}}", no_wrap=True, end="")
        for column in self._columns:
            text.append(" " * GAP + _aligned(column.title, column))
        text.stylize(self._style("list--title"))
        return text

    def _row(self, process: Snapshot) -> Text:
        mark = "▌ " if process["name"] == self.selected else "  "
        name = shortened(process["name"], self._name_width)
        text = Text(f"{mark}{name:<{self._name_width}}", no_wrap=True, end="")
        if process["name"] == self.selected:
            text.stylize("bold")
        for column in self._columns:
            cell = shortened(column.cell(process, self.meter), column.width)
            text.append(" " * GAP + _aligned(cell, column), self._cell_style(column, cell, process))
        return text

    def _cell_style(self, column: Column, cell: str, process: Snapshot) -> Style | None:
        if column is STATUS:
            return self._style(status_of(process).tone)
        if column.title == "RESTARTS" and process["restarts"]:
            return self._style(Tone.BUSY)
        if column.title == "":
            return self._style("list--spark")
        return self._style("list--quiet") if cell in {"–", "·"} else None

    def _style(self, name: str) -> Style:
        return ink(self, name)


def _aligned(text: str, column: Column) -> str:
    return text.rjust(column.width) if column.is_right else text.ljust(column.width)
