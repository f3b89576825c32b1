"""The one thread: file descriptors, timers and signals. Nothing wakes it while nothing happens."""

import heapq
import selectors
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from types import FrameType
from typing import TYPE_CHECKING, Any

from env.supervisor.processes.early import STOP_SIGNALS, release_stop_signals

if TYPE_CHECKING:
    from _socket import socket

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_OF_CHILDREN = tuple(getattr(signal, name) for name in ("SIGCHLD", "SIGCONT") if hasattr(signal, name))


class Timer:
    __slots__ = ("callback",)

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class Loop:
    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Timer]] = []
        self._tie = count()

    def watch(self, fd: int, events: int, callback: Callable[[], None]) -> None:
        if fd in self._selector.get_map():
            self._selector.modify(fd, events, callback)
        else:
            self._selector.register(fd, events, callback)

    def forget(self, fd: int) -> None:
        if fd in self._selector.get_map():
            self._selector.unregister(fd)

    def after(self, seconds: float, callback: Callable[[], None]) -> Timer:
        timer = Timer(callback)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._tie), timer))
        return timer

    def turn(self) -> None:
        """Waits for the next event or timer and runs what is due."""
        for key, _ in self._selector.select(self._patience()):
            # An earlier callback of this batch may have closed this one's descriptor.
            if self._selector.get_map().get(key.fd) is key:
                key.data()
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            if callback := heapq.heappop(self._timers)[2].callback:
                callback()

    def close(self) -> None:
        self._selector.close()

    def _patience(self) -> float | None:
        while self._timers and self._timers[0][2].callback is None:
            heapq.heappop(self._timers)
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None


def _pair() -> "tuple[socket, socket]":
    """No pipe: the selectors of Windows know none."""
    if sys.platform == "win32":
        import socket

        return socket.socketpair()
    import _socket  # what `socket` is made of, without its slow import

    return _socket.socketpair()


class Signals:
    """Notes signals from the moment it is entered; on leaving, the former handlers are back."""

    def __init__(self) -> None:
        self._on_stop: Callable[[int], None] | None = None
        self._pending: list[int] = []
        self._former: dict[int, Any] = {}

    @property
    def first(self) -> int | None:
        """The first that nobody has acted on yet."""
        return self._pending[0] if self._pending else None

    def __enter__(self) -> "Signals":
        self._reader, self._writer = _pair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._former_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in (*STOP_SIGNALS, *_OF_CHILDREN):
            if number.name == "SIGHUP" and signal.getsignal(number) == signal.SIG_IGN:
                continue  # started by nohup: it is to outlive its terminal
            self._former[number] = signal.signal(number, self._note)
        release_stop_signals()
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._former_fd)
        self._reader.close()
        self._writer.close()

    def follow(self, loop: Loop, on_child: Callable[[], None], on_stop: Callable[[int], None]) -> None:
        """`on_child` also after we were stopped ourselves: deadlines may have passed meanwhile."""
        self._on_stop = on_stop
        loop.watch(self._reader.fileno(), READ, lambda: self._deliver(on_child))

    def wake(self) -> None:
        """From any thread: as if a child had ended."""
        with suppress(OSError):  # it is full, which wakes as well, or the run is over
            self._writer.send(b"\0")

    def deliver_stops(self) -> None:
        while self._pending and self._on_stop:
            self._on_stop(self._pending.pop(0))

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if number in STOP_SIGNALS:
            self._pending.append(number)

    def _deliver(self, on_child: Callable[[], None]) -> None:
        try:
            while self._reader.recv(4096):
                pass
        except BlockingIOError:
            pass
        on_child()
        self.deliver_stops()
