"""What the start waited for: a bar for every process and the chain that decided how long it took."""

from typing import ClassVar, NamedTuple

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widget import Widget

from env.top.ink import ink
from env.top.snapshot import Snapshot
from env.top.words import moment


class Span(NamedTuple):
    """Seconds since the run began; `end` is None while it is still getting ready."""

    name: str
    start: float
    end: float | None
    after: tuple[str, str] | None
    """Whom it waited for longest, and until what."""


def spans(answer: Snapshot) -> list[Span]:
    """In the order of their starts; without those that have not started."""
    found = [
        _span(process) for process in answer["processes"] if process.get("started_after_seconds") is not None
    ]
    return sorted(found, key=lambda span: span.start)


def critical(all_spans: list[Span]) -> list[str]:
    """Back from the last one to become ready, over whom each waited for longest."""
    ready = {span.name: span for span in all_spans}
    ends = [span for span in all_spans if span.end is not None]
    chain: list[str] = []
    span = max(ends, key=lambda span: span.end or 0.0) if ends else None
    while span and span.name not in chain:
        chain.insert(0, span.name)
        span = ready.get(span.after[0]) if span.after else None
    return chain


def _span(process: Snapshot) -> Span:
    waited = max(process.get("waited_for") or [], key=lambda each: float(each["after_seconds"]), default=None)
    after = (str(waited["name"]), str(waited["condition"])) if waited else None
    return Span(process["name"], process["started_after_seconds"], process.get("ready_after_seconds"), after)


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
        shown = spans(self._answer)
        chain = critical(shown)
        drawn.append(_summary(self._answer, chain), self._style("chain--title"))
        drawn.append("\n")
        last = max([0.001, *(span.end or span.start for span in shown)])
        width = max([4, *(len(span.name) for span in shown)])
        for span in shown:
            drawn.append("\n").append_text(self._line(span, span.name in chain, last, width))
        waiting = [p["name"] for p in self._answer["processes"] if p.get("started_after_seconds") is None]
        if waiting:
            drawn.append(f"\n\nnot started: {', '.join(waiting)}", self._style("chain--quiet"))
        return drawn

    def _line(self, span: Span, is_critical: bool, last: float, width: int) -> Text:
        why = f"{span.after[0]} {_briefly(span.after[1])}" if span.after else ""
        room = max(10, self.size.width - width - 2 - 2 - 8 - (24 if self.size.width >= 70 else 0))
        start = min(room - 1, int(span.start / last * room))
        end = room if span.end is None else max(start + 1, min(room, round(span.end / last * room)))
        style = self._style("chain--critical" if is_critical else "chain--bar")
        text = Text(f"{span.name:<{width}}  ", no_wrap=True, end="")
        if is_critical:
            text.stylize("bold")
        text.append("·" * start, self._style("chain--quiet"))
        text.append(("█" if span.end is not None else "░") * (end - start), style)
        text.append(" " * (room - end))
        took = moment(span.end - span.start) if span.end is not None else "…"
        text.append(f"{took:>8}", style)
        if self.size.width >= 70 and why:
            text.append(f"  after {why}"[:24], self._style("chain--quiet"))
        return text

    def _style(self, name: str) -> Style:
        return ink(self, name)


def _summary(answer: Snapshot, chain: list[str]) -> str:
    after = answer.get("ready_after_seconds")
    so_far = f"ready after {moment(after)}" if after is not None else "not ready yet"
    return f"{so_far}: {' → '.join(chain)}" if chain else so_far


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
