import json
import os
import pty
import time
from pathlib import Path

import pytest

from env.supervisor.output.escapes import clean
from env.supervisor.output.jsonstyle import JsonStyle
from env.supervisor.output.logfiles import STAMP_LENGTH, LogFile, log_path
from env.supervisor.output.output import ALLOWANCE_BYTES, CHUNK_BYTES, LONGEST_LINE_BYTES, PrefixStyle, Stream
from env.supervisor.output.redaction import Redactor
from env.supervisor.output.screen import HIGH_WATER_BYTES, Screen
from env.supervisor.processes.loop import Loop
from env.tests.supervisor.stack import Stack, kid


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
            assert [line[STAMP_LENGTH + 1 :] for line in log] == texts

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
        log = LogFile(tmp_path / "a.log")
        return Stream("a", collector.screen, PrefixStyle(["a"], False), log, Redactor(()))

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

    def test_shows_only_the_last_state_of_a_progress_bar(self, collector: Collector, stream: Stream) -> None:
        for percent in range(0, 101, 5):
            stream.feed(b"\r%3d %% %s" % (percent, b"=" * 10_000))
        assert len(stream._rest) < 20_000
        stream.feed(b"\n")
        (line,) = collector.read().splitlines()
        assert line[9:].startswith(b"a      | 100 %")

    def test_leaves_a_line_end_alone_that_comes_in_halves(self, collector: Collector, stream: Stream) -> None:
        stream.feed(b"one\r")
        stream.feed(b"\ntwo\r")
        stream.feed(b"\n")
        assert [line[18:] for line in collector.read().splitlines()] == [b"one", b"two"]

    def test_cuts_no_character_of_an_endless_line(self, stream: Stream, tmp_path: Path) -> None:
        text = "ä€😀" * 100_000
        data = text.encode()
        for start in range(0, len(data), 10_007):
            stream.feed(data[start : start + 10_007])
        stream.finish()
        lines = (tmp_path / "a.log").read_text(encoding="utf-8").splitlines()
        assert "".join(line[STAMP_LENGTH + 1 :] for line in lines) == text

    def test_shows_bytes_that_are_not_utf8_to_programs(self) -> None:
        (line,) = JsonStyle().lines("a", clean(b'\xff\xfe \x00 "')).splitlines()
        assert json.loads(line)["line"] == '\\xff\\xfe  "'

    def test_has_no_escape_codes_in_its_file(self, stream: Stream, tmp_path: Path) -> None:
        stream.feed(b"\x1b[31mred\x1b[0m\x1b[2J\n")
        assert (tmp_path / "a.log").read_bytes()[STAMP_LENGTH + 1 :] == b"red\n"


class TestAppetite:
    def test_of_a_stream_ends_when_it_has_said_its_share_to_a_full_screen(
        self, collector: Collector, tmp_path: Path
    ) -> None:
        style, nothing = PrefixStyle(["flood", "quiet"], False), Redactor(())
        flood, quiet = (
            Stream(name, collector.screen, style, LogFile(tmp_path / f"{name}.log"), nothing)
            for name in ("flood", "quiet")
        )
        assert flood.appetite == CHUNK_BYTES
        while flood.appetite:
            flood.feed(b"x" * flood.appetite + b"\n")
        assert collector.screen.is_full
        assert 0 < quiet.appetite < CHUNK_BYTES
        heard: list[bytes] = []
        quiet.observer = heard.append
        quiet.feed(b"listening\n")
        assert heard == [b"listening"]
        assert len(collector.screen._pending) < HIGH_WATER_BYTES + 3 * ALLOWANCE_BYTES


class TestScreen:
    def test_never_waits_for_a_reader_that_pauses(self, collector: Collector) -> None:
        begin = time.monotonic()
        for _ in range(64):
            collector.screen.write(b"x" * 65_536)
        assert time.monotonic() - begin < 10
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

    def test_does_not_wait_for_a_stalled_reader_when_it_has_to_hurry(self, collector: Collector) -> None:
        drained = []
        collector.screen.on_drained = lambda: drained.append(True)
        collector.screen.write(b"line\n" * HIGH_WATER_BYTES)
        collector.screen.hurry()
        while not collector.screen.is_stalled:
            collector.loop.turn()
        assert drained
        collector.read()
        collector.loop.turn()
        collector.screen.write(b"last\n")
        assert collector.read().replace(b"line\n", b"").endswith(b"last\n")

    def test_goes_on_when_a_file_takes_no_more(self, tmp_path: Path) -> None:
        loop = Loop()
        told: list[str] = []
        with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123 - no regular path
            screen = Screen(loop, full.fileno())
            screen.on_loss = told.append
            screen.write(b"one\n")
            screen.write(b"two\n")
            assert screen.is_idle
            assert not screen.is_gone
            assert told == ["standard output is incomplete: No space left on device"]
            screen.close()
        loop.close()

    def test_leaves_the_shells_terminal_blocking(self, collector: Collector) -> None:
        assert os.get_blocking(collector.writer)
