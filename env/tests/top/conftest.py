from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from env.tests.supervisor.stack import Stack
from env.tests.top.dashboard import Viewer
from env.top.app import Dashboard
from env.top.themes import DARK

Open = Callable[..., AbstractAsyncContextManager[Viewer]]


@pytest.fixture
def anyio_backend() -> str:
    """What Textual runs on."""
    return "asyncio"


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path)
    yield stack
    stack.clear()


@pytest.fixture
def viewing(stack: Stack) -> Open:
    @asynccontextmanager
    async def open_it(theme: str = DARK, size: tuple[int, int] = (100, 30)) -> AsyncIterator[Viewer]:
        app = Dashboard(stack.state_dir, theme)
        async with app.run_test(size=size, notifications=True) as pilot:
            yield Viewer(app, pilot)

    return open_it
