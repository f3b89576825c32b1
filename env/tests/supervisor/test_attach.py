"""A terminal into one process: what it shows, what it sends, and that nobody is harmed by it."""

import fcntl
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from env.supervisor.control import client
from env.supervisor.control.connection import LONGEST_BACKLOG_BYTES
from env.supervisor.instance import socket_path
from env.tests.supervisor.stack import Stack, eventually, kid

ROOT = Path(__file__).parents[3]
DEBUGGER = f"{sys.executable} -u -c \"while True: print('got', input('(Pdb) '))\""
OPEN = "stdin_open = true"


@pytest.fixture
def running(stack: Stack) -> Stack:
    stack.start({"api": DEBUGGER, "web": kid("polite")}, {"api": OPEN})
    assert stack.are_ready(1)
    return stack


def command(stack: Stack, name: str = "api") -> list[str]:
    return [sys.executable, "-m", "env.supervisor", "attach", name, "--state-dir", str(stack.state_dir)]


def attach(stack: Stack, typed: str, name: str = "api") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(stack, name), input=typed, capture_output=True, text=True, timeout=20, cwd=ROOT, check=False
    )


def pid_of(stack: Stack, name: str = "api") -> int:
    (pid,) = (p["pid"] for p in client.status(stack.state_dir)["processes"] if p["name"] == name)
    return int(pid)


class Terminal:
    """`attach` with a terminal in front of it."""

    def __init__(self, stack: Stack) -> None:
        self._fd, its = pty.openpty()
        self.process = subprocess.Popen(
            command(stack),
            stdin=its,
            stdout=its,
            stderr=its,
            cwd=ROOT,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(its)
        os.set_blocking(self._fd, False)
        self.text = ""

    def shows(self, text: str) -> bool:
        return eventually(lambda: text in self._read())

    def type(self, text: bytes) -> None:
        os.write(self._fd, text)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._fd)

    def _read(self) -> str:
        with suppress(OSError):  # nothing to read yet, or the other end is closed
            self.text += os.read(self._fd, 4096).decode()
        return self.text


@pytest.fixture
def terminal(running: Stack) -> Iterator[Terminal]:
    terminal = Terminal(running)
    yield terminal
    terminal.close()


class TestPiped:
    def test_sends_lines_and_shows_answers(self, running: Stack) -> None:
        done = attach(running, "one\ntwo\n")
        assert "got one\n(Pdb) got two\n(Pdb) " in done.stdout
        assert done.returncode == 0

    def test_shows_the_prompt_that_already_waits(self, running: Stack) -> None:
        assert attach(running, "").stdout == "(Pdb) "

    def test_leaves_the_process_alone(self, running: Stack) -> None:
        before = pid_of(running)
        attach(running, "one\n")
        assert pid_of(running) == before
        assert attach(running, "two\n").stdout == "(Pdb) got two\n(Pdb) "

    def test_passes_bytes_on_that_are_no_text(self, stack: Stack) -> None:
        echo = "import os\nwhile True: os.write(1, os.read(0, 100))"
        (stack.folder / "echo.py").write_text(echo)
        stack.start({"api": f"{sys.executable} {stack.folder / 'echo.py'}"}, {"api": OPEN})
        assert eventually(lambda: client.is_running(stack.state_dir))
        done = subprocess.run(
            command(stack), input=b"\xff\xfe caf\xc3", capture_output=True, timeout=20, cwd=ROOT, check=False
        )
        assert done.stdout == b"\xff\xfe caf\xc3"

    def test_a_burst_of_bytes_that_are_no_text_arrives_in_full(self, stack: Stack) -> None:
        burst = "import os; input(); os.write(1, bytes([255]) * 600_000); input()"
        stack.start({"api": f'{sys.executable} -c "{burst}"'}, {"api": OPEN})
        assert eventually(lambda: client.is_running(stack.state_dir))
        done = subprocess.run(
            command(stack), input=b"\n", capture_output=True, timeout=20, cwd=ROOT, check=False
        )
        assert done.stdout == b"\xff" * 600_000

    def test_shows_no_secret(self, stack: Stack) -> None:
        (stack.folder / "keys").write_text("API_KEY=never-to-be-seen-by-anybody\n")
        say = "import os; input('? '); print(os.environ['API_KEY'], 'end'); input()"
        stack.start({"api": f'{sys.executable} -c "{say}"'}, {"api": f'{OPEN}\nenv_file = ["keys"]'})
        assert eventually(lambda: client.is_running(stack.state_dir))
        shown = attach(stack, "\n").stdout
        assert "end" in shown
        assert "never-to-be-seen" not in shown

    def test_a_process_without_an_open_input_is_refused(self, running: Stack) -> None:
        done = attach(running, "", "web")
        assert done.returncode == 1
        assert (
            "web has no input\n    -> set stdin_open = true in [tool.pixcrawler.processes.web]" in done.stderr
        )

    def test_a_process_that_does_not_run_says_so(self, running: Stack) -> None:
        client.stop(running.state_dir, "api")
        assert "api does not run (stopped)\n    -> start it" in attach(running, "one\n").stderr


class TestOnATerminal:
    def test_shows_a_prompt_before_its_line_ends(self, terminal: Terminal) -> None:
        assert terminal.shows("(Pdb) ")
        terminal.type(b"one\n")
        assert terminal.shows("got one\r\n(Pdb) ")

    @pytest.mark.parametrize("key", [b"\x03", b"\x04"], ids=["Ctrl-C", "Ctrl-D"])
    def test_a_key_detaches_and_harms_nobody(self, running: Stack, terminal: Terminal, key: bytes) -> None:
        before = pid_of(running)
        assert terminal.shows("(Pdb) ")
        terminal.type(key)
        assert terminal.shows("detached; api goes on")
        assert terminal.process.wait(10) == 0
        assert pid_of(running) == before
        assert "got two" in attach(running, "two\n").stdout

    def test_stays_over_a_restart(self, running: Stack, terminal: Terminal) -> None:
        assert terminal.shows("(Pdb) ")
        client.restart(running.state_dir, "api")
        terminal.type(b"one\n")
        assert terminal.shows("got one")

    def test_says_when_the_run_has_ended(self, running: Stack, terminal: Terminal) -> None:
        assert terminal.shows("(Pdb) ")
        client.stop(running.state_dir)
        assert terminal.shows("the run has ended")
        assert terminal.process.wait(10) == 0

    def test_that_is_killed_harms_nobody(self, running: Stack, terminal: Terminal) -> None:
        before = pid_of(running)
        assert terminal.shows("(Pdb) ")
        terminal.process.kill()
        assert "got two" in attach(running, "two\n").stdout
        assert pid_of(running) == before


class TestASlowClient:
    def test_is_let_go_while_the_process_goes_on(self, stack: Stack) -> None:
        stack.start(
            {"api": f"read start; {kid('flood', 'x', 160_000)}; echo flooded; sleep 60"}, {"api": OPEN}
        )
        assert eventually(lambda: client.is_running(stack.state_dir))
        with socket.socket(socket.AF_UNIX) as slow:
            slow.connect(str(socket_path(stack.state_dir)))
            slow.sendall(b'{"command": "attach", "name": "api"}\n')
            reader = slow.makefile("rb")
            assert json.loads(reader.readline()) == {"attached": "api"}
            slow.sendall(b'{"input": "\\n"}\n')
            assert stack.said("flooded")
            messages = [json.loads(line) for line in reader]
        assert "reads too slowly" in messages[-1]["error"]
        assert sum(len(message.get("output", "")) for message in messages) < 2 * LONGEST_BACKLOG_BYTES

    def test_that_types_nonsense_is_told_so(self, running: Stack) -> None:
        for nonsense in (b"x\n", b"[]\n", b'{"input": 1}\n', b"null\n"):
            with socket.socket(socket.AF_UNIX) as strange:
                strange.connect(str(socket_path(running.state_dir)))
                strange.sendall(b'{"command": "attach", "name": "api"}\n' + nonsense)
                assert "not an input" in json.loads(list(strange.makefile())[-1])["error"]


class TestAProcessThatDoesNotRead:
    def test_is_not_fed_for_ever(self, stack: Stack) -> None:
        stack.start({"api": kid("polite")}, {"api": OPEN})
        assert stack.are_ready(1)
        with socket.socket(socket.AF_UNIX) as eager:
            eager.connect(str(socket_path(stack.state_dir)))
            eager.sendall(b'{"command": "attach", "name": "api"}\n')
            reader = eager.makefile("rb")
            reader.readline()
            eager.settimeout(10)
            line = json.dumps({"input": "x" * 60_000}).encode() + b"\n"
            begun = time.monotonic()
            eager.setblocking(False)
            answer = b""
            while not answer and time.monotonic() - begun < 10:
                try:
                    eager.sendall(line)
                except BlockingIOError:
                    time.sleep(0.01)
                answer = reader.read(1) or b""
            assert answer
        stack.send(signal.SIGTERM)
        assert stack.code() == 143
