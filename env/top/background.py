"""Work beside the screen, in threads that nobody waits for when the reader leaves."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def beside(work: Callable[[], T]) -> T:
    """Like asyncio.to_thread, whose pool would keep the program open until a stop of 30 s has ended."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def tell(settle: Callable[[], None]) -> None:
        def settle_if_awaited() -> None:
            if not future.done():
                settle()

        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(settle_if_awaited)

    def run() -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - the edge of a thread: it belongs to whoever awaits
            problem = error
            tell(lambda: future.set_exception(problem))
        else:
            tell(lambda: future.set_result(result))

    threading.Thread(target=run, daemon=True).start()
    return await future
