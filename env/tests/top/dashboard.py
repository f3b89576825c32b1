"""A dashboard without a terminal: presses its keys and reads what it shows."""

import asyncio
import time
from collections.abc import Callable

from textual.pilot import Pilot

from env.top.app import Dashboard
from env.top.board import Board
from env.top.snapshot import Snapshot

PATIENCE_SECONDS = 20.0


class Viewer:
    def __init__(self, app: Dashboard, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def board(self) -> Board:
        return self.app.screen_stack[0]  # type: ignore[return-value]

    @property
    def screen(self) -> str:
        """As a reader sees it, line by line."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    @property
    def processes(self) -> dict[str, Snapshot]:
        return {process["name"]: process for process in self.board.list.processes}

    @property
    def toasts(self) -> list[str]:
        return [f"{toast.title} {toast.message}".strip() for toast in self.app._notifications]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        await self.pilot.press(*(NAMES.get(character, character) for character in text))

    async def shows(self, *texts: str) -> bool:
        return await self.comes(lambda: all(text in self.screen for text in texts))

    async def comes(self, claim: Callable[[], object]) -> bool:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not claim():
            if time.monotonic() > deadline:
                print(self.screen, *self.toasts, sep="\n")
                return False
            await asyncio.sleep(0.05)
        return True


NAMES = {
    " ": "space",
    "/": "slash",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "|": "vertical_line",
}
