from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol


class MissingObjectError(LookupError):
    """Raised when nothing is stored under a key."""


class Storage(Protocol):
    """Objects under keys built by `backend.storage.keys`.

    An object is visible either whole or not at all, also after a crash; what was put stays put.
    """

    def put(self, key: str, content: bytes) -> None:
        """Originals and thumbnails are named by content, so putting one again only makes it young."""

    def writer(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Streams into the object; an exception inside the block leaves nothing behind."""

    def open(self, key: str) -> BinaryIO:
        """A seekable stream; raises MissingObjectError."""

    def get(self, key: str) -> bytes:
        """Raises MissingObjectError."""

    def exists(self, key: str) -> bool: ...

    def size(self, key: str) -> int:
        """In bytes; raises MissingObjectError."""

    def delete(self, key: str) -> bool:
        """Whether there was anything to delete."""

    def stale(self, age_seconds: float) -> Iterator[str]:
        """Keys of objects that nobody put for so long, and names of writes that were broken off."""

    def delete_stale(self, name: str, age_seconds: float) -> bool:
        """Deletes what `stale` named, unless somebody puts it at this moment."""
