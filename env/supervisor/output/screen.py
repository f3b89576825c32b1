"""Writes to standard output without ever waiting for it: a paused terminal must not stop the supervisor."""

import errno
import os
import stat
import sys
from collections.abc import Callable

from env.supervisor.processes.loop import WRITE, Loop

HIGH_WATER_BYTES = 256 * 1024
STALL_SECONDS = 1.0
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Screen:
    """`is_full` is the back-pressure: readers pause until `on_drained`. `on_gone`: nobody reads any more."""

    def __init__(self, loop: Loop, fd: int) -> None:
        self._loop = loop
        self._pending = bytearray()
        self._fd, self._write, self._close = _non_blocking(fd)
        self.is_gone = False
        self.is_full = False
        self.is_stalled = False
        self.on_drained: Callable[[], None] = lambda: None
        self.on_gone: Callable[[], None] = lambda: None
        self.on_loss: Callable[[str], None] = lambda _text: None
        self._is_loss_told = self._is_hurried = self._was_taken = False

    def write(self, data: bytes) -> None:
        if self.is_gone:
            return
        if self._pending:
            self._pending += data
        elif (done := self._offer(data)) < len(data):
            self._pending += data[done:]
            self._loop.watch(self._fd, WRITE, self._flush)
        if len(self._pending) > HIGH_WATER_BYTES:
            self.is_full = True
            if self.is_stalled:
                self._give_up()

    def hurry(self) -> None:
        """While the run ends, a reader that takes nothing for a while is not waited for any longer."""
        if not self._is_hurried:
            self._is_hurried = self._was_taken = True
            self._look()

    @property
    def is_idle(self) -> bool:
        return not self._pending

    def close(self) -> None:
        self._loop.forget(self._fd)
        self._close()

    def _look(self) -> None:
        if self._pending and not self._was_taken:
            self.is_stalled = True
            self._give_up()
        self._was_taken = False
        self._loop.after(STALL_SECONDS, self._look)

    def _give_up(self) -> None:
        """All but the line that is under way."""
        del self._pending[self._pending.find(b"\n") + 1 :]
        self._resume()

    def _flush(self) -> None:
        done = self._offer(self._pending)
        del self._pending[:done]
        if done:
            self._was_taken, self.is_stalled = True, False
        if not self._pending:
            self._loop.forget(self._fd)
            self._resume()

    def _resume(self) -> None:
        if self.is_full:
            self.is_full = False
            self.on_drained()

    def _offer(self, data: bytes | bytearray) -> int:
        """How much of it needs no other attempt."""
        done = 0
        try:
            with memoryview(data) as view:
                while done < len(view):
                    done += self._write(self._fd, view[done:])
        except BlockingIOError:
            return done
        except OSError as error:
            if error.errno in _NO_ROOM:  # of a file; that ends no run
                self._tell_loss(error)
            elif not self.is_gone:  # EPIPE: the reader left; EIO: the terminal is closed
                self.is_gone = True
                self.on_gone()
        return len(data)

    def _tell_loss(self, error: OSError) -> None:
        if not self._is_loss_told:
            self._is_loss_told = True
            self.on_loss(f"standard output is incomplete: {error.strerror}")


def _non_blocking(fd: int) -> tuple[int, Callable[[int, memoryview], int], Callable[[], None]]:
    """O_NONBLOCK belongs to the open file and would change the shell's own terminal: open it anew instead.

    A regular file never makes us wait, and opened anew it would be written from its start; a socket has
    MSG_DONTWAIT.
    """
    kind = os.fstat(fd).st_mode
    if sys.platform != "win32" and stat.S_ISSOCK(kind):
        return fd, _send, _leave
    if sys.platform == "linux" and (stat.S_ISFIFO(kind) or os.isatty(fd)):
        try:
            flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
            own = os.open(f"/proc/self/fd/{fd}", flags)
        except OSError:  # a terminal that belongs to another user, as after `su`
            pass
        else:
            return own, os.write, lambda: os.close(own)
    if sys.platform == "win32" and not stat.S_ISREG(kind):
        from env.supervisor.windows.relays import relayed_output

        return relayed_output(fd)
    return fd, os.write, _leave


def _leave() -> None:
    """It is not ours."""


def _send(fd: int, view: memoryview) -> int:
    import socket  # slow to import, and seldom what we write to

    connection = socket.socket(fileno=fd)
    try:
        if sys.platform == "win32":
            return connection.send(view)
        return connection.send(view, socket.MSG_DONTWAIT)
    finally:
        connection.detach()
