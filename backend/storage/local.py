import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO, cast

from backend.storage.keys import checked_key
from backend.storage.protocol import MissingObjectError

_TEMPORARY_PREFIX = ".partial-"


class LocalStorage:
    """Files below one directory: written beside their place, synced, then renamed."""

    def __init__(self, root: Path | str) -> None:
        self._root = Path(root).absolute()

    def put(self, key: str, content: bytes) -> None:
        path = self._path(key)
        if not key.startswith("exports/") and _has_size(path, len(content)):
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

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
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
