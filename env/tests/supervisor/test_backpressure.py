"""A terminal that is paused, a reader that is slow: nothing is lost and nothing else stands still."""

import os
import pty
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from env.supervisor.control import client
from env.supervisor.problems import NotRunningError
from env.tests.supervisor.stack import Stack, eventually, kid

LONGEST_BYTES = 40 * 1024 * 1024
FLOOD = "yes a rather long line of output that repeats for ever"


class Reader:
    """The other end of a run's standard output: it reads when it is told to."""

    def __init__(self, stack: Stack, reader: int, writer: int, *options: str) -> None:
        self._fd = reader
        self.text = b""
        stack._process = subprocess.Popen(stack.command(*options), stdout=writer, env=stack.environment)
        os.close(writer)

    def read(self, size: int = 65_536) -> bool:
        try:
            data = os.read(self._fd, size)
        except OSError:  # a terminal whose last writer left
            return False
        self.text += data
        return bool(data)

    def read_until(self, word: bytes) -> None:
        while word not in self.text and self.read():
            pass

    def read_all(self) -> None:
        while self.read():
            pass

    def write(self, keys: bytes) -> None:
        os.write(self._fd, keys)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    master, slave = pty.openpty()
    yield master, slave
    os.close(master)


def peak_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def stands_still(log: Path) -> bool:
    """Of a child that is paused in the middle of its work."""
    before = log.stat().st_size if log.exists() else 0
    time.sleep(0.5)
    return 0 < before == log.stat().st_size


@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize("flood", [FLOOD, "yes ''"])
def test_memory_is_bounded_while_nobody_reads(
    stack: Stack, pipe: tuple[int, int], flood: str, options: tuple[str, ...]
) -> None:
    stack.write(dict.fromkeys("abc", flood), {})
    reader = Reader(stack, *pipe, *options)
    assert reader.read()
    time.sleep(0.5)
    assert peak_bytes(stack.process.pid) < LONGEST_BYTES
    stack.send(signal.SIGTERM)
    # Nobody reads, and still it ends.
    assert stack.code() == 143
    assert not stack.survivors()


class TestSlowReader:
    def test_gets_every_line(self, stack: Stack, pipe: tuple[int, int]) -> None:
        number = 20_000
        stack.write(
            {name: kid("flood", name, number) for name in "abc"}, dict.fromkeys("abc", 'restart = "no"')
        )
        reader = Reader(stack, *pipe)
        for _ in range(20):
            time.sleep(0.02)
            reader.read(4096)
        reader.read_all()
        assert stack.code() == 0
        for name in "abc":
            found = re.findall(rf"{name}      \| {name} (\d+) x*\n".encode(), reader.text)
            assert [int(each) for each in found] == list(range(number))

    def test_does_not_keep_a_healthcheck_from_seeing_its_line(
        self, stack: Stack, pipe: tuple[int, int]
    ) -> None:
        stack.write(
            {"flood": FLOOD, "quiet": "sleep 0.5; echo listening; exec sleep 60"},
            {"quiet": 'healthcheck = { log = "listening" }'},
        )
        Reader(stack, *pipe)
        assert eventually(lambda: _health(stack, "quiet") == "healthy")
        stack.send(signal.SIGTERM)
        assert stack.code() == 143


class TestPausedTerminal:
    def test_pauses_the_children_and_loses_no_line(self, stack: Stack, terminal: tuple[int, int]) -> None:
        number = 30_000
        stack.write({"a": kid("flood", "a", number)}, {"a": 'restart = "no"'})
        reader = Reader(stack, *terminal)
        reader.read_until(b"a 00000001")
        reader.write(b"\x13")  # Ctrl-S
        log = stack.state_dir / "logs" / "a.log"
        assert eventually(lambda: stands_still(log))
        assert b"a %08d" % (number - 1) not in log.read_bytes()
        # It answers all the same.
        assert client.status(stack.state_dir)["processes"][0]["state"] == "running"
        reader.write(b"\x11")
        reader.read_all()
        assert stack.code() == 0
        found = re.findall(rb"\x1b\[0ma (\d+) x*\r\n", reader.text)
        assert [int(each) for each in found] == list(range(number))

    def test_keeps_nobody_from_stopping_the_run(self, stack: Stack, terminal: tuple[int, int]) -> None:
        # Its last words fit into no pipe any more, and it does not leave without having said them.
        talkative = "trap 'exit 7' TERM; while :; do echo a line for a terminal that is paused; done"
        stack.write({"a": talkative}, {"a": 'stop_grace_period = "60s"'})
        reader = Reader(stack, *terminal)
        reader.read_until(b"a line for")
        reader.write(b"\x13")
        log = stack.state_dir / "logs" / "a.log"
        assert eventually(lambda: stands_still(log))
        stack.send(signal.SIGTERM)
        assert stack.code() == 143
        assert not stack.survivors()


def _health(stack: Stack, name: str) -> str | None:
    try:
        processes = client.status(stack.state_dir)["processes"]
    except NotRunningError:  # its socket comes behind its first processes
        return None
    return next(process["health"] for process in processes if process["name"] == name)
