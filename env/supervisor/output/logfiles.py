"""One file per process in `.dev/logs`, its older generations beside it."""

import errno
import os
import stat
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

LIMIT_BYTES = 16 * 1024 * 1024
# The one that is written included.
GENERATIONS = 3
STAMP_LENGTH = len("2026-01-31 12:34:56.789")
RETRY_SECONDS = 1.0
# Neither a link out of the folder is followed nor the reader of a FIFO awaited.
_WISHES = ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | sum(getattr(os, name, 0) for name in _WISHES)


class LogFile:
    """Writes through at once, so that a reader sees what the terminal shows.

    Whatever goes wrong ends no run: `tell` hears that the file has become incomplete, and when it goes on
    how much is missing; a note in the file marks the place.
    """

    def __init__(
        self,
        path: Path,
        limit_bytes: int = LIMIT_BYTES,
        generations: int = GENERATIONS,
        tell: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self._path, self._limit, self._generations, self._tell = path, limit_bytes, generations, tell
        self._fd = -1
        self._size = self._second = 0
        self._clock = ""
        self._retry_at = 0.0
        self.error: str | None = None
        self.lost_bytes = 0

    def write(self, body: bytes) -> None:
        """`body` holds complete lines without the last newline; each is stamped with the local time."""
        if self.error and time.monotonic() < self._retry_at:
            self.lost_bytes += len(body) + 1
            return
        try:
            self._append(body)
        except OSError as error:
            self._fail(error)
            self.lost_bytes += len(body) + 1

    def open(self) -> None:
        """Before the first line: a process that says nothing has a log too."""
        if self._fd < 0:
            try:
                self._reopen()
            except OSError as error:
                self._fail(error)

    def close(self) -> None:
        if self.lost_bytes:
            self._tell(f"{self._path}: {self.lost_bytes} bytes are missing at its end")
        self._shut()

    def _append(self, body: bytes) -> None:
        former = self._second
        head = self._stamp()
        if self._fd < 0 or self._size >= self._limit or (self._second != former and self._is_deleted()):
            self._reopen()
        if self.lost_bytes:
            self._put(head + f"[{self.lost_bytes} bytes are missing here: {self.error}]\n".encode())
        self._put(head + body.replace(b"\n", b"\n" + head) + b"\n")
        if self.error:
            lost, self.error, self.lost_bytes = self.lost_bytes, None, 0
            self._tell(f"{self._path} goes on; {lost} bytes are missing")

    def _put(self, data: bytes) -> None:
        """All of it or, when the disk is full, nothing."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError:
            os.ftruncate(self._fd, self._size)
            raise
        self._size += len(data)

    def _stamp(self) -> bytes:
        now = time.time()
        if (second := int(now)) != self._second:
            self._second = second
            self._clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
        return b"%s.%03d " % (self._clock.encode(), int((now - second) * 1000))

    def _is_deleted(self) -> bool:
        """Asked once a second: whoever deletes a log to begin anew wants to see what comes."""
        return os.fstat(self._fd).st_nlink == 0

    def _fail(self, error: OSError) -> None:
        self._retry_at = time.monotonic() + RETRY_SECONDS
        if self.error is None:
            self.error = error.strerror or str(error)
            self._tell(f"{self._path} is incomplete: {self.error}")

    def _reopen(self) -> None:
        self._shut()
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._rotate()
        fd = os.open(self._path, _FLAGS, 0o600)
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            os.close(fd)
            raise _refusal(found)
        if hasattr(os, "fchmod"):  # an older version may have made it, for everybody
            os.fchmod(fd, 0o600)
        self._fd, self._size = fd, found.st_size

    def _rotate(self) -> None:
        try:
            found = self._path.lstat()
        except FileNotFoundError:
            return
        if not stat.S_ISREG(found.st_mode):
            raise _refusal(found)
        if found.st_size >= self._limit:
            files = [self._path, *(older(self._path, n) for n in range(1, self._generations))]
            for newer, former in reversed(list(pairwise(files))):
                if newer.exists():
                    newer.replace(former)

    def _shut(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _refusal(found: os.stat_result) -> OSError:
    kinds = {stat.S_IFLNK: "a symbolic link", stat.S_IFDIR: "a directory", stat.S_IFIFO: "a named pipe"}
    kind = kinds.get(stat.S_IFMT(found.st_mode), "no regular file")
    return OSError(errno.EINVAL, f"it is {kind} and is left alone; remove it to have a log")


def log_path(folder: Path, name: str) -> Path:
    return folder / f"{name}.log"


def older(path: Path, generation: int = 1) -> Path:
    return path.with_name(f"{path.name}.{generation}")


def generations(path: Path) -> list[Path]:
    """The files of one log that are there, the newest first."""
    files = [path, *(older(path, n) for n in range(1, GENERATIONS))]
    return [file for file in files if is_log(file)]


def is_log(path: Path) -> bool:
    """Readers open nothing else either: a link could lead anywhere, a FIFO keeps them waiting."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False
