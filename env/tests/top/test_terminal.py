"""In a real pseudo-terminal: how it is entered, asked, and given back."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from env.supervisor.control import client
from env.tests.supervisor.stack import Stack, kid
from env.top import HANGUP_CODE

PATIENCE_SECONDS = 30.0
START = "import sys; from pathlib import Path; from env.top import main; sys.exit(main(Path(sys.argv[1])))"
LEAVES_SCREEN = b"\x1b[?1049l"


class Terminal:
    """Speaks for a terminal: answers what it is asked and keeps what is drawn."""

    def __init__(self, state_dir: Path, background: bytes | None = None, **environment: str) -> None:
        self._background = background
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.drawn = b""
        known = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLORFGBG"}}
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, str(state_dir)],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env={**known, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment},
            start_new_session=True,
        )

    def shows(self, text: str) -> bool:
        return self._until(lambda: text.encode() in self.drawn)

    def ends(self) -> bool:
        return self._until(lambda: self.process.poll() is not None)

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def _until(self, claim) -> bool:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not claim() and time.monotonic() < deadline:
            if select.select([self.master], [], [], 0.05)[0]:
                new = os.read(self.master, 65536)
                self.drawn += new
                if b"\x1b]11;?" in new and self._background:
                    os.write(self.master, b"\x1b]11;rgb:" + self._background + b"\x1b\\")
                if b"\x1b[c" in new:
                    os.write(self.master, b"\x1b[?62;22c")
        return bool(claim()) or bool(print(self.drawn[-2000:]))

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for fd in {self.master, self.slave} - {-1}:
            os.close(fd)


@pytest.fixture
def running(stack: Stack) -> Stack:
    stack.start({"web": kid("polite")}, {"web": 'healthcheck = { log = "ready" }'})
    assert stack.said("everything is ready")
    return stack


@pytest.fixture
def terminal(running: Stack) -> Iterator[Terminal]:
    terminal = Terminal(running.state_dir)
    yield terminal
    terminal.close()


class TestTerminal:
    def test_is_given_back_as_it_was(self, terminal: Terminal, running: Stack) -> None:
        assert terminal.shows("healthy")
        assert termios.tcgetattr(terminal.slave) != terminal.before
        terminal.type(b"q")
        assert terminal.ends()
        assert terminal.process.returncode == 0
        assert terminal.shows(LEAVES_SCREEN.decode())
        assert termios.tcgetattr(terminal.slave) == terminal.before
        assert client.is_running(running.state_dir)

    def test_ctrl_c_stops_nothing_and_tells_how_to_leave(self, terminal: Terminal, running: Stack) -> None:
        assert terminal.shows("healthy")
        terminal.type(b"\x03")
        assert terminal.shows("q leaves the dashboard")
        assert terminal.process.poll() is None
        assert client.is_running(running.state_dir)

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
    def test_is_given_back_after_a_signal(self, terminal: Terminal, number: signal.Signals) -> None:
        assert terminal.shows("healthy")
        terminal.process.send_signal(number)
        assert terminal.ends()
        assert terminal.shows(LEAVES_SCREEN.decode())
        assert termios.tcgetattr(terminal.slave) == terminal.before

    def test_that_goes_away_ends_the_dashboard(self, terminal: Terminal) -> None:
        assert terminal.shows("healthy")
        os.close(terminal.slave)
        os.close(terminal.master)
        terminal.master = terminal.slave = -1
        assert terminal.process.wait(PATIENCE_SECONDS) == HANGUP_CODE

    @pytest.mark.parametrize(
        ("background", "ground"), [(b"ffff/ffff/ffff", b"255;255;255"), (b"0000/0000/0000", b"16;19;23")]
    )
    def test_decides_the_theme(self, running: Stack, background: bytes, ground: bytes) -> None:
        terminal = Terminal(running.state_dir, background)
        try:
            assert terminal.shows("healthy")
            assert b"48;2;" + ground in terminal.drawn
        finally:
            terminal.close()

    def test_that_wants_no_colour_gets_none(self, running: Stack) -> None:
        terminal = Terminal(running.state_dir, NO_COLOR="1")
        try:
            assert terminal.shows("healthy")
            codes = re.findall(rb"\x1b\[([\d;]*)m", terminal.drawn)
            coloured = [code for code in codes if re.search(rb"\b(?:[34][0-8]|9[0-7]|10[0-7])\b", code)]
            assert coloured == []
        finally:
            terminal.close()

    def test_that_cannot_draw_is_told_what_can(self, stack: Stack) -> None:
        terminal = Terminal(stack.state_dir, TERM="dumb")
        try:
            assert terminal.ends()
            assert terminal.shows("invoke status --watch")
            assert terminal.process.returncode == 2
        finally:
            terminal.close()

    def test_is_needed(self, stack: Stack) -> None:
        command = [sys.executable, "-c", START, str(stack.state_dir)]
        result = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert result.returncode == 2
        assert result.stderr.count("\n") == 1
        assert "invoke status --watch" in result.stderr
        assert not result.stdout
