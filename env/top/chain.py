"""What the start waited for: a bar for every process and the chain that decided how long it took."""

from typing import ClassVar, NamedTuple

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widget import Widget

from env.commands.critical_chain import chain, of_the_start
from env.top.ink import ink
from env.top.snapshot import Snapshot
from env.top.words import moment, shortened

TELLS_WHY_COLUMNS, WHY_COLUMNS = 70, 26


class Span(NamedTuple):
    """Seconds since the run began; `end` is None while it is still getting ready."""

    name: str
    start: float
    end: float | None
    after: str
    """Whom it waited for longest, and until what."""


def spans(processes: list[Snapshot]) -> list[Span]:
    """In the order of their starts; without those that have not started."""
    found = [_span(process) for process in processes if process["started_after_seconds"] is not None]
    return sorted(found, key=lambda span: span.start)


def _span(process: Snapshot) -> Span:
    gate = max(process["waited_for"], key=lambda wait: float(wait["after_seconds"]), default=None)
    after = f"after {gate['name']} {_briefly(gate['condition'])}" if gate else ""
    return Span(process["name"], process["started_after_seconds"], process["ready_after_seconds"], after)


class Timeline(Widget):
    COMPONENT_CLASSES: ClassVar[set[str]] = {"chain--critical", "chain--bar", "chain--quiet", "chain--title"}

    def __init__(self) -> None:
        super().__init__()
        self._answer: Snapshot | None = None

    def show(self, answer: Snapshot | None) -> None:
        if answer is not None:
            self._answer = answer
            self.refresh(layout=True)

    def render(self) -> Text:
        drawn = Text(no_wrap=True, end="")
        if self._answer is None:
            return drawn.append("nothing runs", self._style("chain--quiet"))
        processes = of_the_start(self._answer)
        shown, links = spans(processes), [link.name for link in reversed(chain(processes))]
        drawn.append(_summary(self._answer, links), self._style("chain--title")).append("\n")
        last = max([0.001, *(span.end or span.start for span in shown)])
        width = max([4, *(len(span.name) for span in shown)])
        for span in shown:
            drawn.append("\n").append_text(self._line(span, span.name in links, last, width))
        for text in _others(self._answer, processes):
            drawn.append(f"\n\n{text}", self._style("chain--quiet"))
        return drawn

    def _line(self, span: Span, is_critical: bool, last: float, width: int) -> Text:
        has_room = self.size.width >= TELLS_WHY_COLUMNS
        room = max(10, self.size.width - width - 2 - 9 - (WHY_COLUMNS + 2 if has_room else 0))
        start = min(room - 1, int(span.start / last * room))
        end = room if span.end is None else max(start + 1, min(room, round(span.end / last * room)))
        style = self._style("chain--critical" if is_critical else "chain--bar")
        text = Text(f"{span.name:<{width}}  ", no_wrap=True, end="")
        if is_critical:
            text.stylize("bold")
        text.append("·" * start, self._style("chain--quiet"))
        text.append(("█" if span.end is not None else "░") * (end - start), style)
        text.append(" " * (room - end))
        text.append(f"{moment(span.end - span.start) if span.end is not None else '…':>9}", style)
        if has_room:
            text.append(f"  {shortened(span.after, WHY_COLUMNS)}", self._style("chain--quiet"))
        return text

    def _style(self, name: str) -> Style:
        return ink(self, name)


def _summary(answer: Snapshot, links: list[str]) -> str:
    after = answer["ready_after_seconds"]
    so_far = f"ready after {moment(after)}" if after is not None else "not ready yet"
    return f"{so_far}: {' → '.join(links)}" if links else so_far


def _others(answer: Snapshot, processes: list[Snapshot]) -> list[str]:
    rest = [process for process in answer["processes"] if process not in processes]
    again = [process["name"] for process in rest if process["started_after_seconds"] is not None]
    waiting = [process["name"] for process in answer["processes"] if process["started_after_seconds"] is None]
    told = [("started again since", again), ("not started", waiting)]
    return [f"{what}: {', '.join(names)}" for what, names in told if names]


def _briefly(condition: str) -> str:
    return condition.removeprefix("service_").removesuffix("_successfully")


class ChainScreen(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,c,q,enter", "dismiss", "Close")]

    def __init__(self, answer: Snapshot | None) -> None:
        super().__init__()
        self._answer = answer

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog wide") as dialog:
            dialog.border_title = "What the start waited for"
            dialog.border_subtitle = "esc closes"
            yield Timeline()

    def on_mount(self) -> None:
        self.show(self._answer)

    def show(self, answer: Snapshot | None) -> None:
        self.query_one(Timeline).show(answer)
