"""Writes a ZIP archive front to back: nothing compressed, one fixed time stamp, no entry held in memory.

The same entries give the same bytes on every machine and Python version, which `zipfile` does not promise.
Format: PKWARE APPNOTE 6.3.10, with the ZIP64 records that large archives need.
"""

import struct
import tempfile
import zlib
from collections.abc import Iterable
from hashlib import sha256
from typing import BinaryIO, Protocol

_VERSION = 45
_MADE_BY_UNIX = 3 << 8 | _VERSION
_UTF8_NAMES = 0x0800
_DOS_TIME, _DOS_DATE = 0, 1 << 5 | 1  # 1980-01-01 00:00, the earliest there is
_FILE_0644 = 0o100644 << 16
_MAX_16, _MAX_32 = 0xFFFF, 0xFFFF_FFFF
# From here on a number moves to its ZIP64 field, and its 32-bit field says so by being full.
FIELD_32_LIMIT = _MAX_32
_SPOOL_BYTES = 4 * 1024 * 1024
_BLOCK = 1024 * 1024


class Rereadable(Protocol):
    def seek(self, offset: int, /) -> int: ...
    def read(self, size: int, /) -> bytes: ...


class ZipStream:
    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._digest = sha256()
        # A million entries would fill memory with nothing but names.
        self._directory = tempfile.SpooledTemporaryFile(_SPOOL_BYTES)  # noqa: SIM115
        self.size = 0
        self.entries = 0

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def add(self, name: str, content: bytes) -> None:
        self._add(name, len(content), zlib.crc32(content), (content,))

    def add_file(self, name: str, file: Rereadable) -> None:
        """Reads `file` twice: the checksum comes before the content."""
        size = checksum = 0
        file.seek(0)
        while block := file.read(_BLOCK):
            size += len(block)
            checksum = zlib.crc32(block, checksum)
        file.seek(0)
        self._add(name, size, checksum, iter(lambda: file.read(_BLOCK), b""))

    def close(self) -> None:
        start = self.size
        self._directory.seek(0)
        while block := self._directory.read(_BLOCK):
            self._write(block)
        self._directory.close()
        self._write(_end_records(self.entries, self.size - start, start))

    def _add(self, name: str, size: int, checksum: int, content: Iterable[bytes]) -> None:
        encoded, offset = name.encode(), self.size
        extra = struct.pack("<HHQQ", 1, 16, size, size) if size >= FIELD_32_LIMIT else b""
        stored = _field_32(size)
        self._write(
            struct.pack(
                "<4s5H3L2H",
                *(b"PK\3\4", _VERSION, _UTF8_NAMES, 0, _DOS_TIME, _DOS_DATE),
                *(checksum, stored, stored, len(encoded), len(extra)),
            )
        )
        self._write(encoded + extra)
        for block in content:
            self._write(block)
        self._directory.write(_directory_record(encoded, size, checksum, offset))
        self.entries += 1

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._digest.update(data)
        self.size += len(data)


def _field_32(number: int) -> int:
    return _MAX_32 if number >= FIELD_32_LIMIT else number


def _directory_record(name: bytes, size: int, checksum: int, offset: int) -> bytes:
    large = [size, size] if size >= FIELD_32_LIMIT else []
    if offset >= FIELD_32_LIMIT:
        large.append(offset)
    extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    stored = _field_32(size)
    header = struct.pack(
        "<4s6H3L5H2L",
        *(b"PK\1\2", _MADE_BY_UNIX, _VERSION, _UTF8_NAMES, 0, _DOS_TIME, _DOS_DATE),
        *(checksum, stored, stored, len(name), len(extra), 0, 0, 0),
        *(_FILE_0644, _field_32(offset)),
    )
    return header + name + extra


def _end_records(entries: int, size: int, start: int) -> bytes:
    end = struct.pack(
        "<4s4H2LH",
        *(b"PK\5\6", 0, 0, min(entries, _MAX_16), min(entries, _MAX_16)),
        *(_field_32(size), _field_32(start), 0),
    )
    if entries < _MAX_16 and max(size, start) < FIELD_32_LIMIT:
        return end
    end64 = struct.pack(
        "<4sQ2H2L4Q",
        *(b"PK\6\6", 44, _MADE_BY_UNIX, _VERSION, 0, 0, entries, entries, size, start),
    )
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, start + size, 1)
    return end64 + locator + end
