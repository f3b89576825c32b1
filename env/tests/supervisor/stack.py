"""A real supervisor with real children in a folder of its own, and a count of whom it left alive."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from env.supervisor.processes.orphans import RUN_VARIABLE
from env.supervisor.processes.tree import environment_of, marked

KIDS = Path(__file__).with_name("kids.py")
MARK = "TORTURE_MARK"


def kid(*words: object) -> str:
    return shlex.join([sys.executable, "-S", "-u", str(KIDS), *map(str, words)])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(claim: Callable[[], object], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def standard_signals(field: str, status: str) -> int:
    """Of a mask in /proc/PID/status. 32 and 33 are the C library's own, and no program can change them:
    what is started by posix_spawn, as subprocess does from Python 3.13 on, inherits them ignored.
    """
    match = re.search(rf"{field}:\t([0-9a-f]{{16}})", status)
    assert match, status
    return int(match[1], 16) & 0x7FFFFFFF


class Stack:
    def __init__(self, folder: Path) -> None:
        self.folder, self.state_dir = folder, folder / ".dev"
        self.mark = uuid.uuid4().hex
        self._output = folder / "output"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, processes: dict[str, str], settings: dict[str, str] | None = None, *options: str) -> None:
        self.write(processes, settings or {})
        self.launch(*options)

    def write(self, processes: dict[str, str], settings: dict[str, str]) -> None:
        """`settings`: the body of each process' table in the manifest."""
        (self.folder / "Procfile").write_text("".join(f"{name}: {cmd}\n" for name, cmd in processes.items()))
        tables = (f"[tool.pixcrawler.processes.{name}]\n{body}\n" for name, body in settings.items())
        (self.folder / "manifest.toml").write_text("\n".join(tables))

    def launch(
        self,
        *options: str,
        command: list[str] | None = None,
        folder: Path | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                command or self.command(*options),
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment or self.environment,
                process_group=0,
            )

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        assert self._process
        return self._process

    def command(self, *options: str) -> list[str]:
        files = [
            "--procfile",
            str(self.folder / "Procfile"),
            "--manifest",
            str(self.folder / "manifest.toml"),
        ]
        return [sys.executable, "-m", "env.supervisor", "start", *files, *options]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, MARK: self.mark}

    @property
    def output(self) -> str:
        return self._output.read_text(errors="replace")

    @property
    def lines(self) -> list[tuple[str, str]]:
        """(process, text) in the order of the terminal."""
        parts = (line.partition(" | ") for line in self.output.splitlines())
        return [(head.split()[1], text) for head, bar, text in parts if bar and len(head.split()) == 2]

    def said(self, text: str, times: int = 1, seconds: float = 10.0) -> bool:
        return self._eventually(lambda: self.output.count(text) >= times, seconds)

    def are_ready(self, times: int) -> bool:
        """So many children have become what they are."""
        return self._eventually(lambda: sum(text == "ready" for _, text in self.lines) >= times)

    def _eventually(self, claim: Callable[[], bool], seconds: float = 10.0) -> bool:
        """What an ended supervisor has not said, it will not say."""
        eventually(lambda: claim() or self.process.poll() is not None, seconds)
        return claim() or bool(print(self.output))

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def code(self, seconds: float = 15.0) -> int:
        return self.process.wait(seconds)

    def survivors(self) -> set[int]:
        return marked(MARK, self.mark)

    def children(self) -> set[int]:
        """Without the supervisor and its guard."""
        return {pid for pid in self.survivors() if RUN_VARIABLE in environment_of(pid)}

    def clear(self) -> None:
        if self._process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in self.survivors():
            with suppress(ProcessLookupError):  # the guard is quicker
                os.kill(pid, signal.SIGKILL)
