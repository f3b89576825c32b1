import os
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from env.supervisor.output.logfiles import LogFile, log_path
from env.supervisor.output.logs import LogLine, logs, seconds_ago
from env.supervisor.problems import NotRunningError, SupervisorError
from env.tests.supervisor.stack import Stack, eventually


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


def write(path: Path, *lines: str) -> None:
    """`12:00:01 text`, all of one day."""
    with path.open("a") as file:
        file.writelines(f"2026-01-31 {line[:8]}.000{line[8:]}\n" for line in lines)


def texts(folder: Path, name: str | None = None, **narrowing: Any) -> list[str]:
    return [line.text for line in logs(folder.parent, name, **narrowing)]


class TestLogs:
    def test_of_all_are_in_order_of_time(self, folder: Path) -> None:
        write(folder / "a.log", "12:00:01 a", "12:00:03 c")
        write(folder / "b.log", "12:00:02 b", "12:00:04 d")
        assert texts(folder) == ["a", "b", "c", "d"]
        assert texts(folder, last=3) == ["b", "c", "d"]
        assert next(logs(folder.parent)) == LogLine("2026-01-31 12:00:01.000", "a", "a")

    def test_of_a_scaled_process_are_those_of_its_copies(self, folder: Path) -> None:
        write(folder / "worker.1.log", "12:00:01 one")
        write(folder / "worker.2.log", "12:00:02 two")
        write(folder / "workers.log", "12:00:03 another")
        assert texts(folder, "worker") == ["one", "two"]
        assert texts(folder, "worker.2") == ["two"]

    def test_are_regular_files(self, folder: Path) -> None:
        """A link leads somewhere else, and a FIFO would be waited for."""
        write(folder / "a.log", "12:00:01 a")
        (folder / "link.log").symlink_to("a.log")
        (folder / "folder.log").mkdir()
        os.mkfifo(folder / "fifo.log")
        os.mkfifo(folder / "a.log.1")
        assert texts(folder) == texts(folder, "a") == texts(folder, "a", last=9) == ["a"]
        with pytest.raises(NotRunningError, match=r"known: a$"):
            logs(folder.parent, "fifo")

    def test_of_nobody_name_who_is_meant(self, folder: Path) -> None:
        write(folder / "web.log", "12:00:01 a")
        with pytest.raises(NotRunningError, match=r"no log of 'wbe'.*\n.*web"):
            logs(folder.parent, "wbe")

    def test_span_all_generations(self, folder: Path) -> None:
        log = LogFile(folder / "a.log", limit_bytes=1000)
        for n in range(25):
            log.write(b"%099d" % n)
        log.close()
        assert [int(text) for text in texts(folder, "a")][-1] == 24
        assert len(texts(folder, "a")) >= 19
        assert [int(text) for text in texts(folder, "a", last=15)] == list(range(10, 25))

    @pytest.mark.parametrize("last", [0, 1, 2, 1000, 5000])
    def test_read_backwards_are_those_read_forwards(self, folder: Path, last: int) -> None:
        lines = [f"12:00:{n % 60:02d} {'é' * (n * 7 % 500)} {n}" for n in range(3000)]
        write(folder / "a.log", *lines)
        everything = texts(folder, "a")
        assert everything == [line[9:] for line in lines]
        assert texts(folder, "a", last=last) == (everything[-last:] if last else [])

    def test_leave_out_a_line_that_is_being_written(self, folder: Path) -> None:
        write(folder / "a.log", "12:00:01 whole")
        with (folder / "a.log").open("a") as file:
            file.write("2026-01-31 12:00:02.000 ha")
        assert texts(folder, "a") == texts(folder, "a", last=10) == ["whole"]

    def test_of_nothing_are_nothing(self, folder: Path) -> None:
        (folder / "a.log").touch()
        assert texts(folder) == texts(folder, last=5) == []

    def test_need_no_memory_for_what_is_not_asked_for(self, folder: Path) -> None:
        line = "2026-01-31 12:00:00.000 " + "x" * 75 + "\n"
        for generation in ("", ".1", ".2"):
            (folder / f"a.log{generation}").write_text(line * 20_000)
        tracemalloc.start()
        try:
            assert len(texts(folder, "a", last=100)) == 100
            assert sum(1 for _ in logs(folder.parent, "a")) == 60_000
            assert tracemalloc.get_traced_memory()[1] < 1024 * 1024
        finally:
            tracemalloc.stop()


class TestSince:
    def test_leaves_out_what_is_older(self, folder: Path) -> None:
        noon = time.mktime(time.strptime("2026-01-31 12:00:00", "%Y-%m-%d %H:%M:%S"))
        write(folder / "a.log.1", "11:00:00 long ago", "11:50:00 before")
        write(folder / "a.log", "12:00:00 noon", "12:10:00 after")
        ago = time.time() - noon + 300
        assert texts(folder, "a", since_seconds=ago) == ["noon", "after"]
        assert texts(folder, "a", since_seconds=ago, last=1) == ["after"]
        assert texts(folder, "a", since_seconds=ago + 600) == ["before", "noon", "after"]

    @pytest.mark.parametrize(
        ("text", "seconds"), [("90s", 90), ("5m", 300), ("1h30m", 5400), ("2d", 172_800), ("1.5h", 5400)]
    )
    def test_is_a_duration(self, text: str, seconds: float) -> None:
        assert seconds_ago(text) == seconds

    @pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"])
    def test_is_a_moment_in_local_time(self, form: str) -> None:
        moment = time.strftime(form, time.localtime(time.time() - 3600))
        assert abs(seconds_ago(moment) - 3600) < 60

    def test_is_an_hour_of_today(self) -> None:
        midnight = time.mktime(time.strptime(time.strftime("%Y-%m-%d"), "%Y-%m-%d"))
        assert abs(seconds_ago("00:00") - (time.time() - midnight)) < 60
        assert abs(seconds_ago("00:00:00") - seconds_ago("00:00")) < 60

    @pytest.mark.parametrize("text", ["", "5", "m", "5 m", "yesterday", "25:00", "2026-13-01", "5mm"])
    def test_is_nothing_else(self, text: str) -> None:
        with pytest.raises(SupervisorError, match=r"neither a duration nor a time.*\n.*write 5m"):
            seconds_ago(text)


class TestGrep:
    def test_keeps_what_matches_and_counts_only_that(self, folder: Path) -> None:
        write(folder / "a.log", "12:00:01 GET /a", "12:00:02 POST /b", "12:00:03 GET /c")
        assert texts(folder, "a", pattern="^GET") == ["GET /a", "GET /c"]
        assert texts(folder, "a", pattern="GET", last=1) == ["GET /c"]

    def test_says_what_is_wrong_with_a_pattern(self, folder: Path) -> None:
        with pytest.raises(SupervisorError, match=r"'\(' is no pattern: missing \)"):
            logs(folder.parent, pattern="(")


class TestFollow:
    def test_goes_on_over_many_rotations_and_ends_with_the_run(self, stack: Stack) -> None:
        stack.start({"quiet": "exec sleep 60"})
        assert stack.said("everything is ready")
        path = log_path(stack.state_dir / "logs", "a")
        log = LogFile(path, limit_bytes=20_000)
        log.write(b"0")
        lines: list[LogLine] = []

        def follow() -> None:
            for line in logs(stack.state_dir, "a", follow=True, last=1):
                lines.append(line)  # noqa: PERF402 - seen one by one

        following = threading.Thread(target=follow)
        following.start()
        assert eventually(lambda: lines)
        number = 2000
        for n in range(1, number):
            log.write(b"%d" % n)
            if n % 200 == 0:
                time.sleep(0.15)
        log.close()
        time.sleep(0.3)
        stack.process.terminate()
        following.join(20)
        assert not following.is_alive()
        assert [int(line.text) for line in lines] == list(range(number))
