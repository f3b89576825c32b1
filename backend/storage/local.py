import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO, cast
from uuid import uuid4

from backend.storage.keys import checked_key, subject_of
from backend.storage.protocol import MissingObjectError

_TEMPORARY_PREFIX = ".partial-"
_TOP_DIRECTORIES = ("originals", "thumbnails", "exports")


class LocalStorage:
    """Files below one directory: written beside their place, synced, then renamed."""

    def __init__(self, root: Path | str) -> None:
        self._root = Path(root).absolute()

    def put(self, key: str, content: bytes) -> None:
        path = self._path(key)
        if not key.startswith("exports/") and _is_there(path, len(content)):
            return
        with _replacing(path) as file:
            file.write(content)

    def writer(self, key: str) -> AbstractContextManager[BinaryIO]:
        return _replacing(self._path(key))

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError:
            raise MissingObjectError(key) from None

    def get(self, key: str) -> bytes:
        with self.open(key) as file:
            return file.read()

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def size(self, key: str) -> int:
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            raise MissingObjectError(key) from None

    def delete(self, key: str) -> bool:
        try:
            self._path(key).unlink()
        except FileNotFoundError:
            return False
        return True

    def stale(self, age_seconds: float) -> Iterator[str]:
        for top in _TOP_DIRECTORIES:
            for directory, _, names in os.walk(self._root / top):
                for path in (Path(directory, name) for name in names):
                    name = path.relative_to(self._root).as_posix()
                    is_ours = subject_of(name) is not None or _is_temporary(path)
                    if is_ours and _is_older(path, age_seconds):
                        yield name

    def delete_stale(self, name: str, age_seconds: float) -> bool:
        path = self._root / name
        if _is_temporary(path):
            path.unlink(missing_ok=True)
            return True
        path = self._path(name)
        # Under another name nobody can make it young any more: who puts it now writes it anew.
        aside = path.with_name(f"{_TEMPORARY_PREFIX}{uuid4()}")
        try:
            path.replace(aside)
        except (FileNotFoundError, PermissionError):
            return False
        if _is_older(aside, age_seconds):
            aside.unlink()
            return True
        # Another sweeper may take what was set aside for a stale temporary file.
        with suppress(FileNotFoundError):
            if path.exists():
                aside.unlink()
            else:
                aside.replace(path)
        return False

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)


def _is_there(path: Path, size: int) -> bool:
    """Makes the file young, so that it is not swept up before its row is written."""
    try:
        if path.stat().st_size != size:
            return False
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _is_temporary(path: Path) -> bool:
    return path.name.startswith(_TEMPORARY_PREFIX)


def _is_older(path: Path, seconds: float) -> bool:
    try:
        return path.stat().st_mtime < time.time() - seconds
    except FileNotFoundError:
        return False


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    file = _temporary_beside(path)
    try:
        with file:
            yield cast(BinaryIO, file)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(file.name).unlink()
        raise
    _sync_directory(path.parent)


def _temporary_beside(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    # delete=False because the file lives on under its real name.
    return tempfile.NamedTemporaryFile(dir=path.parent, prefix=_TEMPORARY_PREFIX, delete=False)


def _sync_directory(directory: Path) -> None:
    """The new name is durable only once its directory is; Windows neither needs nor offers this."""
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
