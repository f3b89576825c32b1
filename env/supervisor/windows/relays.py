"""Threads between what Windows cannot wait for, as pipes and the console, and the sockets of the one loop.

A relay reads one chunk and passes it on before it reads the next: a full socket is the back-pressure.
"""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from env.supervisor.processes.loop import Loop
from env.supervisor.processes.pipes import Inlet, Outlet

CHUNK_BYTES = 64 * 1024
# In which a thread that has something in hand will have passed it on.
QUIET_SECONDS = 0.05
# A console that takes nothing is not waited for any longer.
LAST_WORDS_SECONDS = 1.0


def start(target: Callable[..., None], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=arguments, daemon=True)
    thread.start()
    return thread


def relay(
    read: Callable[[], bytes | None], write: Callable[[bytes], object], end: Callable[[], object]
) -> None:
    """Until one side is over; then `end`."""
    with suppress(OSError, EOFError):
        while data := read():
            write(data)
    with suppress(OSError):
        end()


class Relay:
    """`ours` is for the loop and never blocks; the thread has the other end, and owns the file."""

    def __init__(self, file: IO[bytes], *, is_output: bool) -> None:
        """A file without a buffer. `is_output`: ours reads what somebody writes to it."""
        self.ours, its = socket.socketpair()
        self.ours.setblocking(False)

        def end() -> None:
            its.close()
            file.close()

        if is_output:
            self._thread = start(relay, lambda: file.read(CHUNK_BYTES), its.sendall, end)
        else:
            self._thread = start(
                relay, lambda: its.recv(CHUNK_BYTES), lambda data: _write_all(file, data), end
            )

    @property
    def is_over(self) -> bool:
        return not self._thread.is_alive()

    def settle(self, seconds: float) -> None:
        """Until it has passed on everything, at most so long."""
        self._thread.join(seconds)


class RelayedOutlet(Outlet):
    def __init__(
        self, loop: Loop, relay: Relay, take: Callable[[bytes], None], appetite: Callable[[], int]
    ) -> None:
        self._relay = relay
        super().__init__(loop, relay.ours.fileno(), take, appetite)

    def drain(self) -> None:
        """Also what the thread has in hand."""
        if self._fd >= 0 and not self._relay.is_over:
            self._relay.ours.settimeout(QUIET_SECONDS)
        super().drain()
        if self._fd >= 0:
            self._relay.ours.setblocking(False)

    def _receive(self, size: int) -> bytes:
        try:
            return self._relay.ours.recv(size)
        except TimeoutError:
            raise BlockingIOError from None
        except ConnectionError:
            return b""

    def _shut(self) -> None:
        self._relay.ours.close()


class RelayedInlet(Inlet):
    def __init__(self, loop: Loop, relay: Relay) -> None:
        self._relay = relay
        super().__init__(loop, relay.ours.fileno())

    def _send(self, data: bytearray) -> int:
        return self._relay.ours.send(data)

    def _shut(self) -> None:
        self._relay.ours.close()


def relayed_output(fd: int) -> tuple[int, Callable[[int, memoryview], int], Callable[[], None]]:
    """A socket in the place of `fd`, how to write to it, and how to be done with it."""
    file = open(fd, "wb", buffering=0, closefd=False)  # noqa: SIM115 - the relay closes it
    relay = Relay(file, is_output=False)

    def close() -> None:
        relay.ours.close()
        relay.settle(LAST_WORDS_SECONDS)

    return relay.ours.fileno(), lambda _fd, view: relay.ours.send(view), close


def _write_all(file: IO[bytes], data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) or 0 :]
