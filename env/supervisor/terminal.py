"""Writes to standard output without ever waiting for it: a paused terminal must not stop the supervisor."""

import os
import socket
import stat
from collections.abc import Callable

from env.supervisor.loop import WRITE, Loop
from env.supervisor.system import IS_LINUX

HIGH_WATER_BYTES = 1024 * 1024


class Screen:
    """`is_full` is the back-pressure: readers pause until `on_drained`. `on_gone`: nobody reads any more."""

    def __init__(self, loop: Loop, fd: int) -> None:
        self._loop = loop
        self._pending = bytearray()
        self._given = fd
        self._fd, self._write = _non_blocking(fd)
        self.is_gone = False
        self.is_full = False
        self.on_full: Callable[[], None] = lambda: None
        self.on_drained: Callable[[], None] = lambda: None
        self.on_gone: Callable[[], None] = lambda: None

    def write(self, data: bytes) -> None:
        if self.is_gone:
            return
        self._pending += data
        if len(self._pending) == len(data):
            self._flush()
        if len(self._pending) > HIGH_WATER_BYTES and not self.is_full:
            self.is_full = True
            self.on_full()

    def discard(self) -> int:
        """Gives up what the terminal does not take; how many bytes that was."""
        lost = len(self._pending)
        self._pending.clear()
        self.is_full = False
        return lost

    @property
    def is_idle(self) -> bool:
        return not self._pending

    def close(self) -> None:
        self._loop.forget(self._fd)
        if self._fd != self._given:
            os.close(self._fd)

    def _flush(self) -> None:
        try:
            while self._pending:
                with memoryview(self._pending) as view:
                    written = self._write(self._fd, view)
                del self._pending[:written]
        except BlockingIOError:
            self._loop.watch(self._fd, WRITE, self._flush)
            return
        except OSError:  # EPIPE: the reader left; EIO: the terminal is closed
            self.is_gone = True
            self.discard()
            self.on_gone()
        self._loop.forget(self._fd)
        if self.is_full:
            self.is_full = False
            self.on_drained()


def _non_blocking(fd: int) -> tuple[int, Callable[[int, memoryview], int]]:
    """O_NONBLOCK belongs to the open file and would change the shell's own terminal: open it anew instead.

    A regular file never makes us wait, and opened anew it would be written from its start; a socket has
    MSG_DONTWAIT.
    """
    kind = os.fstat(fd).st_mode
    if stat.S_ISSOCK(kind):
        return fd, _send
    if IS_LINUX and (stat.S_ISFIFO(kind) or os.isatty(fd)):
        try:
            flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
            return os.open(f"/proc/self/fd/{fd}", flags), os.write
        except OSError:  # a terminal that belongs to another user, as after `su`
            pass
    return fd, os.write


def _send(fd: int, view: memoryview) -> int:
    connection = socket.socket(fileno=fd)
    try:
        return connection.send(view, socket.MSG_DONTWAIT)
    finally:
        connection.detach()
