import io
import subprocess
import sys
import zipfile
import zlib
from hashlib import sha256

import pytest

from backend.exports import zip_stream
from backend.exports.zip_stream import ZipStream

ENTRIES = {"a/1.jpg": b"\xff\xd8 one", "ä/ü 2.png": b"", "z.txt": b"text" * 1000}


def archive_of(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    archive = ZipStream(out)
    for name, content in entries.items():
        archive.add(name, content)
    archive.close()
    assert archive.size == len(out.getvalue())
    assert archive.sha256 == sha256(out.getvalue()).hexdigest()
    return out.getvalue()


class TestReaders:
    def test_zipfile_reads_names_contents_and_checksums(self) -> None:
        archive = zipfile.ZipFile(io.BytesIO(archive_of(ENTRIES)))
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == ENTRIES
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}

    def test_empty_archive_is_valid(self) -> None:
        assert zipfile.ZipFile(io.BytesIO(archive_of({}))).namelist() == []

    def test_front_to_back_readers_need_no_directory(self) -> None:
        """Sizes and checksums stand before the content: no data descriptors."""
        data = archive_of({"one.bin": b"12345"})
        assert data[6:8] == (0x0800).to_bytes(2, "little")
        assert int.from_bytes(data[14:18], "little") == zlib.crc32(b"12345")
        assert int.from_bytes(data[22:26], "little") == 5

    def test_file_is_streamed_with_its_checksum(self) -> None:
        out, content = io.BytesIO(), bytes(range(256)) * 20_000
        archive = ZipStream(out)
        archive.add_file("large.bin", io.BytesIO(content))
        archive.close()
        assert zipfile.ZipFile(out).read("large.bin") == content

    def test_python_s_own_extractor_takes_it(self, tmp_path) -> None:
        path = tmp_path / "set.zip"
        path.write_bytes(archive_of(ENTRIES))
        subprocess.run([sys.executable, "-m", "zipfile", "-e", path, tmp_path / "out"], check=True)
        assert (tmp_path / "out" / "z.txt").read_bytes() == ENTRIES["z.txt"]


class TestLarge:
    def test_more_than_65535_entries(self) -> None:
        names = [f"{number}.txt" for number in range(70_000)]
        archive = zipfile.ZipFile(io.BytesIO(archive_of(dict.fromkeys(names, b"x"))))
        assert archive.namelist() == names
        assert archive.read("69999.txt") == b"x"

    def test_beyond_four_gibibytes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """With the 32-bit limit lowered every ZIP64 field is used; the reader must find the same contents."""
        monkeypatch.setattr(zip_stream, "FIELD_32_LIMIT", 100)
        content = {f"{number}.bin": bytes([number]) * 150 for number in range(5)} | {"small.bin": b"s"}
        archive = zipfile.ZipFile(io.BytesIO(archive_of(content)))
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == content


class TestSameBytes:
    def test_same_entries_give_the_same_archive(self) -> None:
        assert archive_of(ENTRIES) == archive_of(ENTRIES)
