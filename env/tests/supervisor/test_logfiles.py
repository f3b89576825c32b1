import os
import re
import resource
import signal
import stat
import time
from pathlib import Path

import pytest

from env.supervisor.control import client
from env.supervisor.output.logfiles import STAMP_LENGTH, LogFile, generations, log_path, older
from env.tests.supervisor.stack import Stack, eventually


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "a.log"


@pytest.fixture
def disk():
    """Its room for the files of this process: `None` for as much as there is."""
    former = resource.getrlimit(resource.RLIMIT_FSIZE)

    def give(room: int | None) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (former[0] if room is None else room, former[1]))

    yield give
    give(None)


class TestLine:
    def test_is_stamped_with_the_local_time(self, path: Path) -> None:
        log = LogFile(path)
        log.write(b"one\ntwo")
        log.close()
        for line, text in zip(path.read_text().splitlines(), ["one", "two"], strict=True):
            assert abs(time.mktime(time.strptime(line[:19], "%Y-%m-%d %H:%M:%S")) - time.time()) < 60
            assert re.fullmatch(r"\.\d{3} ", line[19 : STAMP_LENGTH + 1])
            assert line[STAMP_LENGTH + 1 :] == text

    def test_is_there_as_soon_as_it_is_written(self, path: Path) -> None:
        log = LogFile(path)
        log.write(b"now")
        assert path.read_bytes().endswith(b" now\n")
        log.close()


class TestDeleted:
    def test_begins_anew_within_a_second(self, path: Path) -> None:
        log = LogFile(path)
        log.write(b"before")
        path.unlink()
        time.sleep(1.01)
        log.write(b"after")
        log.close()
        assert path.read_text().endswith(" after\n")


class TestGenerations:
    def test_are_three_of_the_given_size(self, path: Path) -> None:
        log = LogFile(path, limit_bytes=1000)
        for n in range(100):
            log.write(b"%099d" % n)
        log.close()
        files = generations(path)
        assert files == [path, older(path), older(path, 2)]
        assert all(file.stat().st_size <= 1200 for file in files)
        lines = [line for file in reversed(files) for line in file.read_bytes().splitlines()]
        numbers = [int(line[STAMP_LENGTH + 1 :]) for line in lines]
        assert numbers == list(range(numbers[0], 100))
        assert len(numbers) >= 19

    def test_are_as_many_as_are_asked_for(self, path: Path) -> None:
        log = LogFile(path, limit_bytes=1000, generations=2)
        for n in range(100):
            log.write(b"%099d" % n)
        log.close()
        assert generations(path) == [path, older(path)]

    def test_go_on_where_a_former_run_ended(self, path: Path) -> None:
        for n in range(30):
            log = LogFile(path, limit_bytes=1000)
            log.write(b"%099d" % n)
            log.close()
        assert [line[-2:] for line in older(path).read_bytes().splitlines()][-1] < b"29"
        assert path.read_bytes().endswith(b"29\n")


class TestOwner:
    def test_alone_may_read_file_and_folder(self, path: Path) -> None:
        log = LogFile(path)
        log.write(b"password")
        log.close()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    def test_alone_may_read_a_file_that_was_open_to_all(self, path: Path) -> None:
        path.parent.mkdir()
        path.touch(mode=0o644)
        log = LogFile(path)
        log.open()
        log.close()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


class TestForeignFile:
    @pytest.mark.parametrize("kind", ["symbolic link", "directory", "named pipe"])
    def test_is_left_alone_and_told_about(self, path: Path, kind: str) -> None:
        path.parent.mkdir()
        target = path.with_name("precious")
        target.write_text("untouched")
        match kind:
            case "symbolic link":
                path.symlink_to(target)
            case "directory":
                path.mkdir()
            case "named pipe":
                os.mkfifo(path)
        told: list[str] = []
        log = LogFile(path, tell=told.append)
        log.open()
        log.write(b"one\ntwo")
        log.write(b"three")
        log.close()
        assert target.read_text() == "untouched"
        first, last = told
        assert first.startswith(f"{path} is incomplete: it is a {kind}")
        assert last == f"{path}: 14 bytes are missing at its end"

    def test_with_a_reader_is_no_log_either(self, path: Path) -> None:
        path.parent.mkdir()
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        log = LogFile(path)
        log.write(b"secret")
        log.close()
        assert os.read(reader, 100) == b""
        os.close(reader)

    def test_ends_no_run(self, stack: Stack) -> None:
        (stack.state_dir / "logs").mkdir(parents=True)
        log_path(stack.state_dir / "logs", "a").symlink_to("/dev/full")
        stack.start({"a": "echo one; sleep 0.2; echo two"}, {"a": 'restart = "no"'})
        assert stack.code() == 0
        assert [text for _, text in stack.lines].count("two") == 1
        assert stack.output.count("a.log is incomplete: it is a symbolic link") == 1


class TestFullDisk:
    def test_takes_whole_lines_or_none_and_says_what_is_missing(self, path: Path, disk) -> None:
        told: list[str] = []
        log = LogFile(path, tell=told.append)
        log.write(b"before")
        disk(path.stat().st_size + 5)
        log.write(b"lost for ever")
        log.write(b"this too")
        disk(None)
        log._retry_at = 0.0
        log.write(b"after")
        log.close()
        texts = [line[STAMP_LENGTH + 1 :] for line in path.read_text().splitlines()]
        assert texts == ["before", "[23 bytes are missing here: File too large]", "after"]
        assert told == [f"{path} is incomplete: File too large", f"{path} goes on; 23 bytes are missing"]

    def test_is_not_asked_again_for_every_line(self, path: Path, disk) -> None:
        told: list[str] = []
        log = LogFile(path, tell=told.append)
        disk(0)
        for _ in range(1000):
            log.write(b"lost")
        disk(None)
        assert log.lost_bytes == 5000
        assert len(told) == 1
        log.close()

    def test_of_a_detached_run_is_told_in_its_status(self, stack: Stack) -> None:
        stack.start({"a": "while sleep 0.05; do echo a line of some length; done"})
        assert stack.said("| a line", 2)
        pid = stack.process.pid
        former = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (100, former[1]))

        def warnings() -> list[str]:
            return client.status(stack.state_dir)["warnings"]

        assert eventually(lambda: any("a.log is incomplete: File too large" in text for text in warnings()))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, former)
        assert eventually(lambda: any("a.log goes on; " in text for text in warnings()))
        log = log_path(stack.state_dir / "logs", "a").read_text()
        assert "bytes are missing here: File too large]" in log
        stack.send(signal.SIGTERM)
        assert stack.code() == 143
