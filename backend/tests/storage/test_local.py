import errno
import hashlib
import io
import os
import signal
import stat
import subprocess
import sys
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backend.storage import (
    InvalidKeyError,
    LocalStorage,
    MissingObjectError,
    Storage,
    export_key,
    original_key,
    thumbnail_key,
)

CONTENT = b"picture" * 1000
KEY = original_key(hashlib.sha256(CONTENT).hexdigest())
EXPORT = export_key("11111111-2222-3333-4444-555555555555")


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return LocalStorage(tmp_path / "store")


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


class TestObjects:
    def test_come_back_as_they_were_put(self, storage: Storage):
        storage.put(KEY, CONTENT)
        assert storage.get(KEY) == CONTENT
        assert storage.size(KEY) == len(CONTENT)
        assert storage.exists(KEY)

    def test_lie_under_their_key(self, storage: Storage, tmp_path: Path):
        storage.put(KEY, CONTENT)
        assert files(tmp_path) == [tmp_path / "store" / KEY]

    def test_are_streamed(self, storage: Storage):
        storage.put(KEY, CONTENT)
        with storage.open(KEY) as file:
            file.seek(7)
            assert file.read(7) == b"picture"

    def test_stay_readable_while_they_are_deleted(self, storage: Storage):
        storage.put(KEY, CONTENT)
        with storage.open(KEY) as file:
            assert storage.delete(KEY)
            assert file.read() == CONTENT

    def test_are_not_written_twice(self, storage: Storage, tmp_path: Path):
        storage.put(KEY, CONTENT)
        before = (tmp_path / "store" / KEY).stat()
        storage.put(KEY, CONTENT)
        after = (tmp_path / "store" / KEY).stat()
        assert before.st_ino == after.st_ino

    def test_that_were_cut_by_a_crash_are_mended(self, storage: Storage, tmp_path: Path):
        storage.put(KEY, CONTENT)
        (tmp_path / "store" / KEY).write_bytes(CONTENT[:10])
        storage.put(KEY, CONTENT)
        assert storage.get(KEY) == CONTENT

    def test_may_be_empty(self, storage: Storage):
        storage.put(EXPORT, b"")
        assert storage.get(EXPORT) == b""

    def test_survive_the_process(self, storage: Storage, tmp_path: Path):
        storage.put(KEY, CONTENT)
        assert LocalStorage(tmp_path / "store").get(KEY) == CONTENT

    def test_are_private_to_the_user(self, storage: Storage, tmp_path: Path):
        storage.put(KEY, CONTENT)
        assert stat.S_IMODE((tmp_path / "store" / KEY).stat().st_mode) & 0o077 == 0


def age(path: Path, seconds: float = 7200) -> None:
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


class TestStale:
    @pytest.fixture
    def path(self, storage: Storage, tmp_path: Path) -> Path:
        storage.put(KEY, CONTENT)
        age(tmp_path / "store" / KEY)
        return tmp_path / "store" / KEY

    def test_names_what_is_old_and_ours(self, storage: Storage, path: Path):
        storage.put(EXPORT, b"young")
        broken = path.with_name(".partial-abc")
        foreign = path.with_name("notes.txt")
        for file in (broken, foreign):
            file.write_bytes(b"x")
            age(file)
        assert sorted(storage.stale(3600)) == sorted([KEY, f"{KEY[:13]}.partial-abc"])

    def test_storage_that_holds_nothing_has_nothing_stale(self, storage: Storage):
        assert list(storage.stale(3600)) == []

    def test_is_deleted(self, storage: Storage, path: Path):
        assert storage.delete_stale(KEY, 3600)
        assert list(path.parent.iterdir()) == []
        assert not storage.delete_stale(KEY, 3600)

    def test_broken_off_write_is_deleted(self, storage: Storage, path: Path):
        broken = path.with_name(".partial-abc")
        broken.write_bytes(b"half")
        assert storage.delete_stale(f"{KEY[:13]}.partial-abc", 3600)
        assert not broken.exists()

    def test_what_was_put_again_meanwhile_stays(self, storage: Storage, path: Path):
        assert list(storage.stale(3600)) == [KEY]
        storage.put(KEY, CONTENT)
        assert not storage.delete_stale(KEY, 3600)
        assert storage.get(KEY) == CONTENT
        assert list(path.parent.iterdir()) == [path]

    def test_name_of_nothing_of_ours_is_refused(self, storage: Storage, tmp_path: Path):
        (tmp_path / "secret").write_text("secret")
        with pytest.raises(InvalidKeyError):
            storage.delete_stale("../secret", 0)

    def test_sweepers_and_writers_at_once_lose_nothing(self, storage: Storage, path: Path):
        """Whoever put the file finds it afterwards, whenever the sweeper came by."""
        is_over = threading.Event()
        between_sweeps = [threading.Lock(), threading.Lock()]

        def sweep(turn: threading.Lock) -> None:
            while not is_over.is_set():
                with turn:
                    storage.delete_stale(KEY, 3600)

        with ThreadPoolExecutor() as pool:
            sweepers = [pool.submit(sweep, turn) for turn in between_sweeps]
            try:
                for _ in range(300):
                    storage.put(KEY, CONTENT)
                    # A file may be set aside for a moment, but only while a sweeper is at it.
                    with between_sweeps[0], between_sweeps[1]:
                        assert storage.get(KEY) == CONTENT
                        age(path)
            finally:
                is_over.set()
            for sweeper in sweepers:
                sweeper.result()


class TestMissingObjects:
    @pytest.mark.parametrize("ask", [Storage.open, Storage.get, Storage.size])
    def test_are_named(self, storage: Storage, ask):
        with pytest.raises(MissingObjectError, match="originals"):
            getattr(storage, ask.__name__)(KEY)

    def test_do_not_exist(self, storage: Storage):
        assert not storage.exists(KEY)

    def test_cannot_be_deleted_twice(self, storage: Storage):
        storage.put(KEY, CONTENT)
        assert storage.delete(KEY)
        assert not storage.delete(KEY)
        assert not storage.exists(KEY)


class TestKeys:
    def test_every_operation_refuses_a_foreign_key(self, storage: Storage, tmp_path: Path):
        (tmp_path / "secret").write_text("secret")
        for key in ("../secret", str(tmp_path / "secret"), "originals/../../secret"):
            for operation in (storage.get, storage.open, storage.size, storage.exists, storage.delete):
                with pytest.raises(InvalidKeyError):
                    operation(key)
            with pytest.raises(InvalidKeyError):
                storage.put(key, b"x")
            with pytest.raises(InvalidKeyError), storage.writer(key):
                pass
        assert (tmp_path / "secret").read_text() == "secret"


class TestWriter:
    def test_shows_the_object_only_when_it_is_complete(self, storage: Storage):
        with storage.writer(EXPORT) as file:
            file.write(b"first")
            assert not storage.exists(EXPORT)
            file.write(b" second")
        assert storage.get(EXPORT) == b"first second"

    def test_leaves_nothing_behind_after_an_error(self, storage: Storage, tmp_path: Path):
        with pytest.raises(RuntimeError), storage.writer(EXPORT) as file:
            file.write(b"half")
            raise RuntimeError
        assert not storage.exists(EXPORT)
        assert files(tmp_path) == []

    def test_keeps_the_old_object_after_an_error(self, storage: Storage):
        storage.put(EXPORT, b"old")
        with pytest.raises(RuntimeError), storage.writer(EXPORT) as file:
            file.write(b"new")
            raise RuntimeError
        assert storage.get(EXPORT) == b"old"

    def test_replaces_an_export(self, storage: Storage):
        storage.put(EXPORT, b"old")
        storage.put(EXPORT, b"new")
        assert storage.get(EXPORT) == b"new"

    def test_carries_an_archive(self, storage: Storage):
        with storage.writer(EXPORT) as file, zipfile.ZipFile(file, "w") as archive:
            for number in range(50):
                archive.writestr(f"hills/{number}.jpg", CONTENT)
        with storage.open(EXPORT) as file, zipfile.ZipFile(file) as archive:
            assert archive.testzip() is None
            assert len(archive.namelist()) == 50

    def test_of_many_threads_one_wins_whole(self, storage: Storage, tmp_path: Path):
        bodies = [bytes([number]) * 100_000 for number in range(8)]
        threads = [threading.Thread(target=storage.put, args=(EXPORT, body)) for body in bodies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert storage.get(EXPORT) in bodies
        assert len(files(tmp_path)) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_writer_leaves_no_half_object(storage: Storage, tmp_path: Path):
    program = (
        "import sys; from backend.storage import LocalStorage\n"
        f"with LocalStorage({str(tmp_path / 'store')!r}).writer({EXPORT!r}) as file:\n"
        "    file.write(b'x' * 1000000); file.flush(); print('written', flush=True); sys.stdin.read()\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
    assert not storage.exists(EXPORT)
    storage.put(EXPORT, b"next")
    assert storage.get(EXPORT) == b"next"


def test_thumbnails_and_originals_do_not_meet(storage: Storage):
    digest = hashlib.sha256(CONTENT).hexdigest()
    storage.put(original_key(digest), CONTENT)
    storage.put(thumbnail_key(digest), b"small")
    assert storage.get(original_key(digest)) == CONTENT
    assert storage.get(thumbnail_key(digest)) == b"small"
    assert io.BytesIO(storage.get(thumbnail_key(digest))).read() == b"small"


@pytest.mark.parametrize("write", ["storage.put(KEY, BODY)", "open_and_write()"], ids=["put", "writer"])
def test_full_disk_leaves_nothing_and_the_next_write_succeeds(tmp_path: Path, write: str):
    """A file size limit fails in the middle of a file, as a full disk does."""
    program = f"""
import resource, signal
from backend.storage import LocalStorage
storage, KEY, BODY = LocalStorage({str(tmp_path / "store")!r}), {KEY!r}, b"x" * 300_000
def open_and_write():
    with storage.writer({EXPORT!r}) as file:
        for _ in range(30):
            file.write(b"y" * 10_000)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
try:
    {write}
except OSError as error:
    print(error.errno)
import os, pathlib
print([path.name for path in pathlib.Path({str(tmp_path / "store")!r}).rglob("*") if path.is_file()])
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
{write}
print(len(storage.get(KEY if "put" in {write!r} else {EXPORT!r})))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, env=environment, text=True, check=True
    )
    assert told.stdout.split() == [str(errno.EFBIG), "[]", "300000"]
