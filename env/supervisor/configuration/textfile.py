"""A file that people write: UTF-8, or a problem that says where it is not."""

import os
import stat
import sys
from pathlib import Path

from env.supervisor.problems import ConfigurationError, Problem

# Nobody writes more by hand.
LARGEST_BYTES = 16 << 20
# A password manager may serve an env file as a named pipe; one without a writer would hold us for ever.
PIPE_SECONDS = 2.0


def read_text(path: Path) -> str:
    """Without a byte order mark, lines end in a line feed. Raises ConfigurationError."""
    try:
        raw = _read(path)
    except OSError as error:
        hint = "name another file, or run this in the folder of the project"
        raise ConfigurationError([Problem(str(path), f"cannot be read: {error.strerror}", hint)]) from None
    if len(raw) > LARGEST_BYTES:
        what = f"has more than {LARGEST_BYTES >> 20} MiB"
        raise ConfigurationError([Problem(str(path), what, "name the file that was meant")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigurationError([Problem(f"{path}:{line}", "is not UTF-8", "save it as UTF-8")]) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read(path: Path) -> bytes:
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
    is_pipe = stat.S_ISFIFO(path.stat().st_mode)
    with os.fdopen(_open_pipe(path, flags) if is_pipe else os.open(path, flags), "rb") as file:
        return file.read(LARGEST_BYTES + 1)


def _open_pipe(path: Path, flags: int) -> int:
    if sys.platform == "win32":  # where no file is a pipe
        return os.open(path, flags)
    import select  # pipes are rare

    fd = os.open(path, flags | os.O_NONBLOCK)
    if not select.select([fd], [], [], PIPE_SECONDS)[0]:
        os.close(fd)
        raise OSError(0, "it is a named pipe and nobody writes to it")
    os.set_blocking(fd, True)
    return fd
