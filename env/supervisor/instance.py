"""One supervisor per checkout: a lock that the kernel releases, and the address of the control socket."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from env.supervisor.problems import AlreadyRunningError, Problem, SupervisorError

LOCK, SOCKET = "supervisor.lock", "supervisor.sock"
# sun_path holds 104 bytes on macOS, 108 on Linux.
_LONGEST_ADDRESS = 100


class Instance:
    """`former` is what a run that was killed left in the lock file, or None after an orderly end."""

    def __init__(self, state_dir: Path, former: dict[str, Any] | None) -> None:
        self.state_dir, self.former = state_dir, former


@contextmanager
def only_instance(state_dir: Path, run_id: str) -> Iterator[Instance]:
    """Raises AlreadyRunningError, which says where the other one is."""
    with _open_lock(state_dir) as file:
        if not _lock(file.fileno()):
            raise AlreadyRunningError([_where_it_is(state_dir, read_lock(state_dir))])
        folder = str(state_dir.resolve())
        former = read_lock(state_dir)
        if former and former.get("folder") != folder:
            former = None  # copied with its checkout: that run is another's, and may be alive
        mine = {"pid": os.getpid(), "started": time.time(), "run": run_id, "folder": folder}
        _record(file.fileno(), mine)
        socket_path(state_dir).unlink(missing_ok=True)
        try:
            yield Instance(state_dir, former)
        finally:
            socket_path(state_dir).unlink(missing_ok=True)
            _record(file.fileno(), None)


def _open_lock(state_dir: Path) -> IO[str]:
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        return (state_dir / LOCK).open("a+")
    except OSError as error:
        hint = "run as the user it belongs to, or in a folder that you may write to"
        raise SupervisorError(
            [Problem(str(state_dir), f"cannot be written: {error.strerror}", hint)]
        ) from None


def read_lock(state_dir: Path) -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        found = json.loads((state_dir / LOCK).read_text())
        return found if isinstance(found, dict) else None
    return None


def socket_path(state_dir: Path) -> Path:
    path = state_dir.resolve() / SOCKET
    if sys.platform == "win32" or len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        return path  # for Windows it stands for the pipe of that folder
    import hashlib  # both slow to import, and seldom needed
    import tempfile

    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"pixcrawler-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        hint = "remove it, or work in a folder whose path is shorter"
        raise SupervisorError([Problem(str(folder), "is open to others: no place for our socket", hint)])
    return folder / f"{digest}.sock"


def _where_it_is(state_dir: Path, other: dict[str, Any] | None) -> Problem:
    from env.supervisor.hints import command  # only on the way to an error

    what = "a supervisor of this folder is already running"
    if other:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(other["started"]))
        what += f": pid {other['pid']}, since {since}, socket {socket_path(state_dir)}"
    hint = f"look at it with {command(state_dir, 'status')}, end it with {command(state_dir, 'stop')}"
    return Problem(str(state_dir), what, hint)


def _record(fd: int, content: dict[str, Any] | None) -> None:
    os.ftruncate(fd, 0)
    if content:
        with suppress(OSError):  # a full disk: the lock holds all the same
            os.write(fd, json.dumps(content).encode())


def _lock(fd: int) -> bool:
    if sys.platform == "win32":
        return _lock_windows(fd)
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_windows(fd: int) -> bool:
    if sys.platform == "win32":
        import msvcrt

        try:
            # Far behind the content, which others have to be able to read.
            os.lseek(fd, 1 << 20, os.SEEK_SET)
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
    return True
