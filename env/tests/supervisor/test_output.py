import json
import os
import pty
import subprocess
import time
from pathlib import Path

import pytest

from env.supervisor.logfiles import LogFile, log_path, older
from env.supervisor.loop import Loop
from env.supervisor.output import LONGEST_LINE_BYTES, JsonStyle, PrefixStyle, Stream
from env.supervisor.terminal import HIGH_WATER_BYTES, Screen
from env.tests.supervisor.stack import Stack, eventually, kid


class TestLines:
    def test_of_a_flood_are_neither_torn_nor_lost_nor_out_of_order(self, stack: Stack) -> None:
        number = 34_000
        stack.start(
            {name: kid("flood", name, number) for name in "abc"}, dict.fromkeys("abc", 'restart = "no"')
        )
        assert stack.code(20) == 0
        for name in "abc":
            texts = [text for process, text in stack.lines if process == name]
            assert texts == [f"{name} {n:08d} {'x' * (n % 97)}" for n in range(number)]
            log = log_path(stack.state_dir / "logs", name).read_text().splitlines()
            assert [line[20:] for line in log] == texts

    def test_have_honchos_prefix_of_equal_width(self, stack: Stack) -> None:
        stack.start(
            {"a": kid("leave", 0, "x"), "long-name": "exit 0"},
            dict.fromkeys(["a", "long-name"], 'restart = "no"'),
        )
        assert stack.code() == 0
        assert all(line[8] == " " and line[18:21] == " | " for line in stack.output.splitlines())

    def test_without_an_end_appear_when_the_process_leaves(self, stack: Stack) -> None:
        stack.start({"a": "printf 'half a line'; exit 0"})
        assert stack.code() == 0
        assert ("a", "half a line") in stack.lines

    def test_are_json_objects_on_request(self, stack: Stack) -> None:
        stack.start({"a": kid("leave", 2, 'says "hi"')}, {}, "--json")
        assert stack.code() == 2
        objects = [json.loads(line) for line in stack.output.splitlines()]
        assert {"event": "output", "process": "a", "line": 'says "hi"'}.items() <= objects[2].items()
        exited = next(o for o in objects if o["event"] == "exited")
        assert (exited["process"], exited["exit_code"]) == ("a", 2)


class TestColour:
    def run_on_a_terminal(self, stack: Stack, **environment: str) -> bytes:
        stack.start({"a": kid("leave", 0, "hello")})
        stack.code()
        pid, fd = pty.fork()
        if pid == 0:
            os.environ.pop("NO_COLOR", None)
            os.environ.update(environment, TERM="xterm")
            os.execv(stack.command()[0], stack.command())  # noqa: S606
        output = b""
        while True:
            try:
                output += os.read(fd, 4096)
            except OSError:
                break
        os.waitpid(pid, 0)
        os.close(fd)
        return output

    def test_marks_the_prefix_on_a_terminal(self, stack: Stack) -> None:
        assert b"\x1b[36m" in self.run_on_a_terminal(stack)

    def test_is_absent_when_no_color_is_set(self, stack: Stack) -> None:
        assert b"\x1b[" not in self.run_on_a_terminal(stack, NO_COLOR="1")

    def test_is_absent_in_a_pipe(self, stack: Stack) -> None:
        stack.start({"a": kid("leave", 0, "hello")})
        stack.code()
        assert "\x1b[" not in stack.output


class Collector:
    """A screen whose pipe the test reads."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.reader, self.writer = os.pipe()
        self.screen = Screen(self.loop, self.writer)

    def read(self) -> bytes:
        return os.read(self.reader, 1 << 20)

    def close(self) -> None:
        self.screen.close()
        self.loop.close()
        os.close(self.writer)
        os.close(self.reader)


@pytest.fixture
def collector():
    collector = Collector()
    yield collector
    collector.close()


class TestStream:
    @pytest.fixture
    def stream(self, collector: Collector, tmp_path: Path) -> Stream:
        return Stream("a", collector.screen, PrefixStyle(["a"], False), LogFile(tmp_path / "a.log"))

    def test_keeps_half_a_line_until_the_rest_comes(self, collector: Collector, stream: Stream) -> None:
        stream.feed(b"one\ntw")
        assert collector.read()[9:] == b"a      | one\n"
        stream.feed(b"o\n")
        assert collector.read()[9:] == b"a      | two\n"

    def test_breaks_a_line_that_never_ends(
        self, collector: Collector, stream: Stream, tmp_path: Path
    ) -> None:
        for _ in range(40):
            stream.feed(b"x" * 16_384)
            assert len(stream._rest) <= LONGEST_LINE_BYTES
        assert (tmp_path / "a.log").stat().st_size > LONGEST_LINE_BYTES

    def test_remembers_the_last_lines_of_this_life(self, stream: Stream) -> None:
        stream.feed(b"old\n")
        stream.begin()
        stream.feed(b"".join(b"%d\n" % n for n in range(50)))
        assert stream.last_lines(3) == ["47", "48", "49"]

    def test_shows_bytes_that_are_not_utf8_to_programs(self) -> None:
        (line,) = JsonStyle().lines("a", b"\xff\xfe").splitlines()
        assert json.loads(line)["line"] == "\ufffd\ufffd"


class TestScreen:
    def test_never_waits_for_a_reader_that_pauses(self, collector: Collector) -> None:
        begin = time.monotonic()
        for _ in range(64):
            collector.screen.write(b"x" * 65_536)
        assert time.monotonic() - begin < 1
        assert collector.screen.is_full

    def test_asks_for_more_when_the_reader_is_back(self, collector: Collector) -> None:
        drained = []
        collector.screen.on_drained = lambda: drained.append(True)
        collector.screen.write(b"x" * (HIGH_WATER_BYTES + 1_000_000))
        read = 0
        while not drained:
            read += len(collector.read())
            collector.loop.turn()
        assert collector.screen.is_idle

    def test_leaves_the_shells_terminal_blocking(self, collector: Collector) -> None:
        assert os.get_blocking(collector.writer)


class TestBackPressure:
    def test_holds_a_flood_back_instead_of_keeping_it_in_memory(self, stack: Stack) -> None:
        stack.start({"a": "exit 0"})
        stack.code()
        (stack.folder / "Procfile").write_text("a: yes a rather long line of output that repeats for ever\n")
        reader, writer = os.pipe()
        stack._process = subprocess.Popen(stack.command(), stdout=writer, env=stack.environment)
        os.close(writer)
        assert os.read(reader, 1)
        time.sleep(0.5)
        status = Path(f"/proc/{stack.process.pid}/status").read_text()
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
        assert peak < 40 * 1024
        stack.process.terminate()
        # Nobody reads, and still it ends.
        assert stack.code(5) == 143
        assert not stack.survivors()
        os.close(reader)


class TestLogFile:
    def test_stamps_every_line(self, tmp_path: Path) -> None:
        log = LogFile(tmp_path / "logs" / "a.log")
        log.write(b"one\ntwo")
        log.close()
        for line, text in zip(
            (tmp_path / "logs" / "a.log").read_text().splitlines(), ["one", "two"], strict=True
        ):
            assert abs(time.mktime(time.strptime(line[:19], "%Y-%m-%d %H:%M:%S")) - time.time()) < 5
            assert line[20:] == text

    def test_keeps_one_older_generation(self, tmp_path: Path) -> None:
        log = LogFile(tmp_path / "a.log", limit_bytes=1000)
        for n in range(100):
            log.write(b"%099d" % n)
        log.close()
        assert (tmp_path / "a.log").stat().st_size <= 1200
        assert older(tmp_path / "a.log").stat().st_size <= 1200
        assert b"%099d" % 99 in (tmp_path / "a.log").read_bytes() + older(tmp_path / "a.log").read_bytes()

    def test_survives_a_full_disk(self) -> None:
        log = LogFile(Path("/dev/full"))
        log.write(b"lost")
        assert "No space left" in str(log.error)

    def test_on_a_full_disk_is_told_once(self, stack: Stack) -> None:
        (stack.state_dir / "logs").mkdir(parents=True)
        log_path(stack.state_dir / "logs", "a").symlink_to("/dev/full")
        stack.start({"a": "echo one; sleep 0.2; echo two"}, {"a": 'restart = "no"'})
        assert stack.code() == 0
        assert [text for _, text in stack.lines].count("two") == 1
        assert stack.output.count("logs/a.log is incomplete: No space left on device") == 1

    def test_is_for_its_owner_only(self, tmp_path: Path) -> None:
        log = LogFile(tmp_path / "a.log")
        log.write(b"password")
        log.close()
        assert (tmp_path / "a.log").stat().st_mode & 0o777 == 0o600


def test_the_output_of_a_process_goes_on_after_a_pause_of_the_terminal(stack: Stack) -> None:
    stack.start({"a": "while sleep 0.05; do echo tick; done"})
    assert stack.said("| tick", 2)
    count = stack.output.count("| tick")
    assert eventually(lambda: stack.output.count("| tick") > count)
