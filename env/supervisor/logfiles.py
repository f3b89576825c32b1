"""One file per process in `.dev/logs`, one older generation beside it."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

LIMIT_BYTES = 16 * 1024 * 1024
STAMP_FORMAT = "%Y-%m-%d %H:%M:%S"
STAMP_LENGTH = 19


class LogFile:
    """Writes through at once, so that a reader sees what the terminal shows. A full disk ends no run."""

    def __init__(
        self,
        path: Path,
        limit_bytes: int = LIMIT_BYTES,
        on_error: Callable[[Path, str], None] = lambda _path, _error: None,
    ) -> None:
        """`on_error` hears of the first error only."""
        self._path, self._limit, self._on_error = path, limit_bytes, on_error
        self._fd = -1
        self._size = 0
        self._second = 0
        self._head = b""
        self.error: str | None = None

    def write(self, body: bytes) -> None:
        """`body` holds complete lines without the last newline; each is stamped with the local time."""
        if (now := int(time.time())) != self._second:
            self._second = now
            self._head = f"{time.strftime(STAMP_FORMAT, time.localtime(now))} ".encode()
        data = self._head + body.replace(b"\n", b"\n" + self._head) + b"\n"
        try:
            if self._fd < 0 or self._size >= self._limit:
                self._reopen()
            view = memoryview(data)
            while view:
                view = view[os.write(self._fd, view) :]
            self._size += len(data)
        except OSError as error:
            if self.error is None:
                self.error = error.strerror or str(error)
                self._on_error(self._path, self.error)

    def open(self) -> None:
        """Before the first line: a process that says nothing has a log too."""
        if self._fd < 0:
            with contextlib.suppress(OSError):
                self._reopen()

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _reopen(self) -> None:
        self.close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path.exists() and self._path.stat().st_size >= self._limit:
            self._path.replace(older(self._path))
        self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._size = os.fstat(self._fd).st_size


def log_path(folder: Path, name: str) -> Path:
    return folder / f"{name}.log"


def older(path: Path) -> Path:
    return path.with_name(f"{path.name}.1")
