"""Our ends of a child's pipes: what it writes and, where `stdin_open` says so, what it reads."""

import os
from collections.abc import Callable

from env.supervisor.processes.loop import READ, WRITE, Loop

# A child that does not read is not worth more memory.
LONGEST_INPUT_BYTES = 1024 * 1024
_DRAIN_READS, _DRAIN_BYTES = 64, 64 * 1024


class Outlet:
    """Closes itself at the end of the file; a grandchild may keep that from coming for ever."""

    def __init__(
        self, loop: Loop, fd: int, take: Callable[[bytes], None], appetite: Callable[[], int]
    ) -> None:
        """`appetite`: how many bytes it may bring at once; 0 pauses it."""
        self._loop, self._fd, self._take, self._appetite = loop, fd, take, appetite
        self.resume()

    def pause(self) -> None:
        if self._fd >= 0:
            self._loop.forget(self._fd)

    def resume(self) -> None:
        if self._fd >= 0:
            self._loop.watch(self._fd, READ, self._readable)

    def drain(self) -> None:
        """Takes what is in the pipe now, and waits for nothing."""
        for _ in range(_DRAIN_READS):
            if self._fd < 0 or not self._read(_DRAIN_BYTES):
                break

    def close(self) -> None:
        if self._fd >= 0:
            self._loop.forget(self._fd)
            self._shut()
            self._fd = -1

    def _readable(self) -> None:
        if size := self._appetite():
            self._read(size)
        else:
            self.pause()

    def _read(self, size: int) -> bool:
        try:
            data = self._receive(size)
        except BlockingIOError:
            return False
        if data:
            self._take(data)
        else:
            self.close()
        return bool(data)

    def _receive(self, size: int) -> bytes:
        return os.read(self._fd, size)

    def _shut(self) -> None:
        os.close(self._fd)


class Inlet:
    def __init__(self, loop: Loop, fd: int) -> None:
        self._loop, self._fd = loop, fd
        self._pending = bytearray()

    def feed(self, data: bytes) -> bool:
        """False when the child does not take it: it is gone, or it has not read for long."""
        if self._fd < 0 or len(self._pending) + len(data) > LONGEST_INPUT_BYTES:
            return False
        self._pending += data
        self._flush()
        return self._fd >= 0

    def close(self) -> None:
        if self._fd >= 0:
            self._loop.forget(self._fd)
            self._shut()
            self._fd = -1

    def _flush(self) -> None:
        try:
            while self._pending:
                del self._pending[: self._send(self._pending)]
        except BlockingIOError:
            self._loop.watch(self._fd, WRITE, self._flush)
        except OSError:  # it closed its standard input
            self.close()
        else:
            self._loop.forget(self._fd)

    def _send(self, data: bytearray) -> int:
        return os.write(self._fd, data)

    def _shut(self) -> None:
        os.close(self._fd)
