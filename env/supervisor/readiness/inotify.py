"""Changes of files as Linux tells them: on the loop itself, and nothing wakes while nothing changes."""

import ctypes
import errno
import os
import struct
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from env.supervisor.processes.loop import READ, Loop, Timer
from env.supervisor.readiness.watch import DEBOUNCE_MS, IGNORED, STEP_MS, Rule

if sys.platform == "win32":
    raise ImportError("these are calls of Linux")

# linux/inotify.h
_EVENT = struct.Struct("iIII")
_ATTRIB, _CLOSE_WRITE, _MOVED_FROM, _MOVED_TO = 0x4, 0x8, 0x40, 0x80
_CREATE, _DELETE, _MOVE_SELF = 0x100, 0x200, 0x800
_OVERFLOW, _IGNORED_NOW, _ONLY_FOLDERS, _IS_FOLDER = 0x4000, 0x8000, 0x1000000, 0x40000000
# Not every single write: a file that is kept open is no edit.
_MASK = _ATTRIB | _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _MOVE_SELF | _ONLY_FOLDERS

# A huge tree may not keep the loop from its work.
_FOLDERS_AT_ONCE = 500
_RETURN_SECONDS = 1.0


class _Folder(NamedTuple):
    path: Path
    is_recursive: bool


class InotifyWatcher:
    """Links inside of a watched folder are not followed."""

    def __init__(
        self,
        loop: Loop,
        rules: Iterable[Rule],
        on_change: Callable[[str, Path], None],
        on_error: Callable[[str], None],
    ) -> None:
        self._loop, self._rules = loop, list(rules)
        self._on_change, self._on_error = on_change, on_error
        self._folders: dict[int, _Folder] = {}
        self._todo: deque[tuple[_Folder, bool]] = deque()
        self._changes: dict[str, Path] = {}
        self._timer: Timer | None = None
        self._since = 0.0
        self._is_stopped = self._is_fresh = False
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd: int = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            self._fail(ctypes.get_errno())
            return
        loop.watch(self._fd, READ, self._read)
        roots = {rule.root: False for rule in self._rules}
        roots.update({rule.root: True for rule in self._rules if rule.is_recursive})
        self._roots = [_Folder(path, is_recursive) for path, is_recursive in roots.items()]
        self._add((root, False) for root in self._roots)

    def stop(self) -> None:
        """Nothing is told any more."""
        self._is_stopped = True

    def close(self) -> None:
        self.stop()
        if self._fd >= 0:
            self._loop.forget(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _add(self, folders: Iterable[tuple[_Folder, bool]]) -> None:
        is_busy = bool(self._todo)
        self._todo.extend(folders)
        if not is_busy:
            self._go_on()

    def _go_on(self) -> None:
        for _ in range(_FOLDERS_AT_ONCE):
            if not self._todo or self._is_stopped:
                return
            folder, is_new = self._todo[0]
            self._begin(folder, is_new)
            self._todo.popleft()
        self._loop.after(0, self._go_on)

    def _begin(self, folder: _Folder, is_new: bool) -> None:
        """What is in a new one may have come before we looked."""
        number = self._libc.inotify_add_watch(self._fd, os.fsencode(folder.path), _MASK)
        if number < 0:
            self._cannot(folder, ctypes.get_errno())
            return
        self._folders[number] = folder
        if not (folder.is_recursive or is_new):
            return
        with suppress(OSError), os.scandir(folder.path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if folder.is_recursive and entry.name not in IGNORED:
                        self._todo.append((_Folder(folder.path / entry.name, True), is_new))
                elif is_new:
                    self._note(folder.path / entry.name)

    def _cannot(self, folder: _Folder, code: int) -> None:
        if folder in self._roots and code in {errno.ENOENT, errno.ENOTDIR}:
            self._loop.after(_RETURN_SECONDS, lambda: self._await(folder))
        elif code not in {errno.ENOENT, errno.ENOTDIR, errno.EACCES}:  # one that went, the data of a database
            self._fail(code)

    def _await(self, root: _Folder) -> None:
        """It went, as at a checkout of another branch, and may return."""
        if not self._is_stopped:
            self._add([(root, True)])

    def _fail(self, code: int) -> None:
        reason = (
            "too many folders, see fs.inotify.max_user_watches" if code == errno.ENOSPC else os.strerror(code)
        )
        self.stop()
        self._on_error(f"changes of files are not seen: {reason}")

    def _read(self) -> None:
        with suppress(BlockingIOError):
            data = os.read(self._fd, 65536)
            place = 0
            while place < len(data):
                number, mask, _, size = _EVENT.unpack_from(data, place)
                place += _EVENT.size + size
                self._heed(number, mask, os.fsdecode(data[place - size : place].rstrip(b"\0")))

    def _heed(self, number: int, mask: int, name: str) -> None:
        if mask & _OVERFLOW:
            for rule in self._rules:
                self._tell_later(rule.process, rule.root)
        elif (folder := self._folders.get(number)) is None:
            return
        elif mask & _IGNORED_NOW:
            del self._folders[number]
            if folder in self._roots:
                self._await(folder)
        elif mask & _MOVE_SELF:
            self._forget_moved(folder)
        elif mask & _IS_FOLDER and mask & (_CREATE | _MOVED_TO):
            if folder.is_recursive and name not in IGNORED:
                self._add([(_Folder(folder.path / name, True), True)])
        elif name and not (mask & _IS_FOLDER and mask & _ATTRIB):
            self._note(folder.path / name)

    def _forget_moved(self, folder: _Folder) -> None:
        """Unless it has a new path already, which came first."""
        if not folder.path.is_dir():
            for number, other in self._folders.items():
                if other.path.is_relative_to(folder.path):
                    self._libc.inotify_rm_watch(self._fd, number)

    def _note(self, path: Path) -> None:
        for rule in self._rules:
            if rule.matches(path):
                self._tell_later(rule.process, path)

    def _tell_later(self, process: str, path: Path) -> None:
        self._changes.setdefault(process, path)
        self._is_fresh = True
        if self._timer is None:
            self._since = time.monotonic()
            self._timer = self._loop.after(STEP_MS / 1000, self._settle)

    def _settle(self) -> None:
        if self._is_fresh and time.monotonic() - self._since < DEBOUNCE_MS / 1000:
            self._is_fresh = False
            self._timer = self._loop.after(STEP_MS / 1000, self._settle)
            return
        self._timer = None
        changes, self._changes = self._changes, {}
        for process, path in changes.items():
            if not self._is_stopped:
                self._on_change(process, path)
