"""Lines of logs that follow, stand still while somebody reads, can be searched and filtered."""

import re
from collections import deque
from collections.abc import Iterable
from typing import ClassVar, NamedTuple

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from env.supervisor.output.logs import LogLine
from env.supervisor.output.output import SYSTEM
from env.top.ink import ink
from env.top.pattern import Pattern
from env.top.themes import HUES

LONGEST_NAME = 16
KEPT_LINES = 10_000
CLOCK = slice(11, 19)
_LOUD = re.compile(r"\b(?:(?P<bad>ERROR|CRITICAL|FATAL|Traceback|panic)|(?P<busy>WARN(?:ING)?))\b")


class Row(NamedTuple):
    line: LogLine
    start: int
    end: int


class LogView(ScrollView, can_focus=True):
    COMPONENT_CLASSES: ClassVar[set[str]] = {"log--stamp", "log--found", "log--current", "bad", "busy"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", show=False),
        Binding("down,j", "scroll_down", show=False),
        Binding("left,h", "scroll_left", show=False),
        Binding("right,l", "scroll_right", show=False),
    ]

    is_following: reactive[bool] = reactive(True)
    wraps: reactive[bool] = reactive(False)

    class Changed(Message):
        """What the title says about the view is no longer true."""

    def __init__(self) -> None:
        super().__init__()
        self._names: list[str] = []
        self._tells_names = False
        self.pattern: Pattern | None = None
        self.filter: Pattern | None = None
        self.missed = 0
        """Lines that came while the view stood still."""
        self.found = ""
        self._current: LogLine | None = None
        self._lines: deque[LogLine] = deque(maxlen=KEPT_LINES)
        self._rows: list[Row] = []
        self._widest = 0
        self._name_width = 0
        self._is_moving = False
        self._strips: LRUCache[Row, Strip] = LRUCache(1024)
        self._base = Style()

    @property
    def is_empty(self) -> bool:
        return not self._lines

    def begin(self, *, tells_names: bool) -> None:
        """Another log, of one process or of several."""
        self._lines.clear()
        self._tells_names, self._name_width = tells_names, 0
        self._current, self.found, self.missed = None, "", 0
        self.is_following = True
        self._strips.clear()
        self._rebuild()

    def know(self, names: Iterable[str]) -> None:
        """In the order in which they get their colours."""
        self._names += [name for name in names if name not in self._names]

    def extend(self, lines: list[LogLine]) -> None:
        self._lines.extend(lines)
        if self._tells_names:
            self._learn(lines)
        shown = [line for line in lines if self.filter.fits(line)] if self.filter else lines
        if not shown:
            return
        self._add(shown)
        gone = max(0, len(self._rows) - KEPT_LINES)
        del self._rows[:gone]
        if not self.is_following:
            self.missed += len(shown)
        self._fit(gone)
        self.post_message(self.Changed())

    def _learn(self, lines: Iterable[LogLine]) -> None:
        names = {line.name for line in lines}
        self.know(sorted(names - {SYSTEM}))
        width = min(LONGEST_NAME, max(map(len, names), default=0))
        if width > self._name_width:
            self._name_width = width
            self._strips.clear()
            if self.wraps:
                self._rebuild()

    def narrow(self, typed: str) -> None:
        self.filter = Pattern(typed) if typed else None
        self._rebuild()

    def search(self, typed: str) -> None:
        self.pattern, self._current, self.found = Pattern(typed) if typed else None, None, ""
        self.post_message(self.Changed())
        self._redraw()

    def go_to_match(self, step: int) -> bool:
        """The next one below (1) or above (-1) the current one, or else the last that can be seen."""
        if not self.pattern:
            return False
        fitting = [y for y, row in enumerate(self._rows) if row.start == 0 and self.pattern.fits(row.line)]
        if not fitting:
            self._current, self.found = None, "not found"
            self.post_message(self.Changed())
            return False
        number = self._next_match(fitting, step)
        self._current, self.found = self._rows[fitting[number]].line, f"{number + 1} of {len(fitting)}"
        self.is_following = False
        self._move(fitting[number] - self.size.height // 2)
        self.post_message(self.Changed())
        self._redraw()
        return True

    def _next_match(self, fitting: list[int], step: int) -> int:
        for number, y in enumerate(fitting):
            if self._rows[y].line is self._current:
                return (number + step) % len(fitting)
        bottom = round(self.scroll_y) + self.size.height
        return max(0, sum(y < bottom for y in fitting) - 1)

    def text_to_copy(self) -> list[str]:
        """The line that was found, or else what can be seen."""
        if self._current:
            return [self._current.text]
        top = round(self.scroll_y)
        return [row.line.text for row in self._rows[top : top + self.size.height] if row.start == 0]

    def watch_is_following(self, is_following: bool) -> None:
        if is_following:
            self.missed = 0
            self._move(self.max_scroll_y)
        self.post_message(self.Changed())

    def watch_wraps(self) -> None:
        self._rebuild()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if not self._is_moving and round(old_value) != round(new_value):
            self.is_following = new_value >= self.max_scroll_y

    def on_resize(self, _event: events.Resize) -> None:
        if self.wraps:
            self._rebuild()
        elif self.is_following:
            self._move(self.max_scroll_y)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._redraw()

    def _rebuild(self) -> None:
        self._rows, self._widest = [], 0
        self._add(line for line in self._lines if not self.filter or self.filter.fits(line))
        self._fit(0)
        self.post_message(self.Changed())

    def _add(self, lines: Iterable[LogLine]) -> None:
        room = self.size.width - self._head_width if self.wraps else 0
        for line in lines:
            cells = len(line.text) if line.text.isascii() else cell_len(line.text)
            self._widest = max(self._widest, cells)
            if room <= 0 or cells <= room:
                self._rows.append(Row(line, 0, len(line.text)))
                continue
            start = 0
            for piece in chop_cells(line.text, room):
                self._rows.append(Row(line, start, start + len(piece)))
                start += len(piece)

    def _fit(self, gone: int) -> None:
        width = 0 if self.wraps else self._widest + self._head_width
        self.virtual_size = Size(width, len(self._rows))
        self._move(self.max_scroll_y if self.is_following else self.scroll_y - gone)
        self.refresh()

    def _move(self, y: float) -> None:
        """Ourselves: says nothing about what the reader wants."""
        self._is_moving = True
        self.scroll_to(y=max(0, min(y, self.max_scroll_y)), animate=False, immediate=True, force=True)
        self._is_moving = False

    @property
    def _head_width(self) -> int:
        return 9 + (self._name_width + 1 if self._name_width else 0)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        text = "\n".join(self._head(row) + row.line.text[row.start : row.end] for row in self._rows)
        return selection.extract(text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002 - it is looked up per row
        self.refresh()

    def render_line(self, y: int) -> Strip:
        left, top = self.scroll_offset
        width = self.size.width
        if not 0 <= top + y < len(self._rows):
            return Strip.blank(width, self._base)
        strip = self._strip(top + y)
        if strip.cell_length > left + width:
            more = Strip([Segment("›", self._base + self._style("log--stamp"))], 1)
            strip = Strip.join([strip.crop(left, left + width - 1), more])
        else:
            strip = strip.crop_extend(left, left + width, self._base)
        return strip.apply_offsets(left, top + y)

    def _strip(self, y: int) -> Strip:
        row = self._rows[y]
        if self.text_selection is None and (known := self._strips.get(row)):
            return known
        text = self._text(y)
        text.stylize_before(self._base)
        strip = Strip(text.render(self.app.console))
        if self.text_selection is None:
            self._strips[row] = strip
        return strip

    def _redraw(self) -> None:
        """Lines look otherwise than they did."""
        self._strips.clear()
        self._base = self.rich_style
        self.refresh()

    def _text(self, y: int) -> Text:
        row = self._rows[y]
        head = self._head(row)
        text = Text(head, no_wrap=True, end="")
        text.stylize(self._style("log--stamp"), 0, 9)
        if self._name_width:
            text.stylize(self._hue(row.line.name), 9, len(head))
        text.append(row.line.text[row.start : row.end])
        self._highlight(text, row, len(head))
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(y)):
            style = self.screen.get_component_rich_style("screen--selection")
            text.stylize(style, span[0], len(text) if span[1] == -1 else span[1])
        return text

    def _highlight(self, text: Text, row: Row, shift: int) -> None:
        for found in _LOUD.finditer(row.line.text):
            _mark(text, self._style(found.lastgroup or "bad"), found.span(), row, shift)
        if self.pattern:
            style = self._style("log--current" if row.line is self._current else "log--found")
            for span in self.pattern.places(row.line.text):
                _mark(text, style, span, row, shift)

    def _head(self, row: Row) -> str:
        name = f"{row.line.name:<{self._name_width}.{self._name_width}} " if self._name_width else ""
        stamp = row.line.stamp[CLOCK]
        return f"{stamp} {name}" if row.start == 0 else " " * self._head_width

    def _hue(self, name: str) -> Style:
        if name == SYSTEM:
            return self._style("log--stamp")
        hues = HUES[self.app.current_theme.dark]
        return Style(color=hues[self._names.index(name) % len(hues)])

    def _style(self, name: str) -> Style:
        return ink(self, name)


def _mark(text: Text, style: Style, span: tuple[int, int], row: Row, shift: int) -> None:
    start, end = max(span[0], row.start), min(span[1], row.end)
    if start < end:
        text.stylize(style, start - row.start + shift, end - row.start + shift)
