"""The single lines: what runs here, which log this is, what the keys do."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, NamedTuple

from rich.style import Style
from rich.text import Text
from textual import events
from textual.widget import Widget

from env.top.ink import ink
from env.top.snapshot import Meter, Snapshot, Tone, is_alive, status_of
from env.top.words import duration, moment, percent, shortened, size

GAP = "   "
HINT_GAP = "  "


class Bar(Widget):
    ALLOW_SELECT: ClassVar[bool] = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"bar--strong", "bar--quiet", "bar--key", "bar--alert", *Tone}

    def _style(self, name: str) -> Style:
        return ink(self, name)


class Fact(NamedTuple):
    text: str
    style: str
    weight: int
    """The least weighty leave first when there is no room."""


class Header(Bar):
    def __init__(self, state_dir: Path) -> None:
        super().__init__()
        self._place = _place(state_dir)
        self._facts: list[Fact] = []

    def show(self, answer: Snapshot | None, meter: Meter, now: float, *, answers: bool = True) -> None:
        found = facts(answer, meter, now)
        self._facts = (
            found if answers else [Fact("▲ the supervisor does not answer", Tone.BAD, 9), *found[1:]]
        )
        self.refresh()

    def render(self) -> Text:
        facts = list(self._facts)
        while len(facts) > 1 and _length(facts) > self.size.width - 24:
            facts.remove(min(facts, key=lambda fact: fact.weight))
        room = self.size.width - 12 - _length(facts) - len(GAP)
        text = Text(no_wrap=True, end="")
        text.append("PixCrawler", self._style("bar--strong"))
        text.append("  " + _from_the_end(self._place, room), self._style("bar--quiet"))
        right = Text(GAP, no_wrap=True, end="").join(
            Text(fact.text, self._style(fact.style)) for fact in facts
        )
        text.append(" " * max(1, self.size.width - len(text) - len(right)))
        return text.append_text(right)


def facts(answer: Snapshot | None, meter: Meter, now: float) -> list[Fact]:
    if answer is None:
        return [Fact("○ nothing runs", "bar--quiet", 9)]
    processes = answer["processes"]
    alive = [process for process in processes if is_alive(process)]
    # The log of the supervisor says what is missing, and `invoke status` too.
    lost = [Fact("▲ logs incomplete", Tone.BAD, 8)] if answer["warnings"] else []
    return [
        _verdict(answer),
        *lost,
        Fact(f"up {duration(now - answer['started_at'])}", "bar--quiet", 3),
        Fact(f"{len(alive)} of {len(processes)} run", "bar--quiet", 2),
        Fact(f"CPU {percent(meter.total)}", "bar--quiet", 5),
        Fact(size(sum(process["memory_bytes"] for process in alive)), "bar--quiet", 4),
    ]


def _verdict(answer: Snapshot) -> Fact:
    if answer["is_stopping"]:
        return Fact("◌ stopping", Tone.BUSY, 9)
    bad = [process["name"] for process in answer["processes"] if status_of(process).tone is Tone.BAD]
    if bad:
        return Fact(f"▲ {bad[0]}" + (f" and {len(bad) - 1} more" if bad[1:] else ""), Tone.BAD, 9)
    if answer["is_ready"]:
        after = answer["ready_after_seconds"]
        return Fact("● ready" + (f" after {moment(after)}" if after is not None else ""), Tone.GOOD, 9)
    return Fact("◐ starting", Tone.BUSY, 9)


def _place(state_dir: Path) -> str:
    folder, home = str(state_dir.resolve().parent), str(Path.home())
    return "~" + folder[len(home) :] if folder.startswith(home + os.sep) else folder


def _from_the_end(text: str, room: int) -> str:
    """The last folders tell one checkout from another."""
    return text if len(text) <= room else "…" + text[len(text) - room + 1 :] if room > 4 else ""


def _length(facts: Iterable[Fact]) -> int:
    return sum(len(fact.text) + len(GAP) for fact in facts) - len(GAP)


class LogTitle(Bar):
    def __init__(self) -> None:
        super().__init__()
        self._left: list[tuple[str, str]] = []
        self._right: list[tuple[str, str]] = []

    def show(self, left: list[tuple[str, str]], right: list[tuple[str, str]]) -> None:
        """Pairs of a text and the class that colours it."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def render(self) -> Text:
        right = Text("  ", end="").join(Text(text, self._style(style)) for text, style in self._right)
        left = Text("  ", end="").join(Text(text, self._style(style)) for text, style in self._left)
        room = max(0, self.size.width - len(right) - 2)
        if len(left) > room:
            left.truncate(room, overflow="ellipsis")
        left.append(" " * max(0, self.size.width - len(left) - len(right)))
        left.append_text(right)
        left.no_wrap, left.end = True, ""
        return left


class Hint(NamedTuple):
    key: str
    text: str
    action: str
    weight: int


class KeyBar(Bar):
    """The least weighty leave first where it is narrow."""

    def __init__(self) -> None:
        super().__init__()
        self._hints: list[Hint] = []

    def show(self, hints: list[Hint]) -> None:
        if hints != self._hints:
            self._hints = hints
            self.refresh()

    @property
    def shown(self) -> list[Hint]:
        hints = list(self._hints)
        while hints and sum(map(_cells, hints)) - len(HINT_GAP) > self.size.width:
            hints.remove(min(hints, key=lambda hint: hint.weight))
        return hints

    def render(self) -> Text:
        text = Text(no_wrap=True, end="")
        for hint in self.shown:
            text.append(f"{hint.key} ", self._style("bar--key"))
            text.append(hint.text + HINT_GAP, self._style("bar--quiet"))
        return text

    async def on_click(self, event: events.Click) -> None:
        x = event.x - self.styles.padding.left
        for hint in self.shown:
            if 0 <= x < _cells(hint):
                await self.run_action(hint.action)
                return
            x -= _cells(hint)


def _cells(hint: Hint) -> int:
    return len(hint.key) + 1 + len(hint.text) + len(HINT_GAP)


class Empty(Bar):
    """Instead of the list while nothing runs."""

    def __init__(self) -> None:
        super().__init__()
        self._ended = ""

    def show(self, ended: str) -> None:
        self._ended = ended
        self.refresh()

    def render(self) -> Text:
        text = Text()
        text.append("Nothing runs here", self._style("bar--strong"))
        text.append("\n\nstart the stack with  ", self._style("bar--quiet"))
        text.append("invoke dev", self._style("bar--key"))
        text.append("\nthis screen connects by itself", self._style("bar--quiet"))
        if self._ended:
            text.append(f"\n\n{shortened(self._ended, max(20, self.size.width))}", self._style("bar--quiet"))
        return text
