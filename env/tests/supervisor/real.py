"""One run of the real three, `next dev`, `uvicorn --reload` and Celery, that meets its end on a terminal.

Each of them forks, executes and regroups in its own way, which no synthetic child quite does.
"""

import os
import pty
import select
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

from env.services.node import FRONTEND
from env.services.places import ROOT
from env.tests.supervisor.stack import Stack, free_port
from env.tests.supervisor.torture import SIGNALS, Blow, Verdict, left

READY_SECONDS, HUNG_SECONDS = 120.0, 60.0
# The longest grace and the guard's own way up.
GUARD_SECONDS = 40.0
LATEST_EARLY_SIGNAL_SECONDS = 6.0
REAL, EARLY_REAL = "real", "real, early"
API, WORKER, WEB = "uvicorn --reload", "celery", "next dev"

_FILES = {
    "served.py": """
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})
""",
    "tasks.py": """
from celery import Celery

app = Celery(broker="filesystem://")
app.conf.broker_transport_options = {"data_folder_in": "queue", "data_folder_out": "queue"}
""",
    # As env.services.web does it, but in a folder of its own: two development servers of one folder refuse.
    "become_next.py": """
import os, sys
from pathlib import Path
from env.services.places import become
from env.services.web import server_command, server_environment
os.chdir("web")
become([*server_command(int(sys.argv[1]), Path.cwd()), "--webpack"], server_environment())
""",
    "web/package.json": '{"name": "web", "private": true}',
    "web/app/layout.jsx": "export default ({children}) => <html><body>{children}</body></html>\n",
    "web/app/page.jsx": "export default () => <p>ready</p>\n",
}


class RealRun:
    def __init__(self, folder: Path, kinds: tuple[str, ...]) -> None:
        self._stack = Stack(folder)
        self._output = b""
        for name, text in _FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        (folder / "queue").mkdir()
        (folder / "web" / "node_modules").symlink_to(FRONTEND / "node_modules")
        processes, settings = _plan(kinds)
        self._stack.write(processes, settings)
        self._terminal, slave = pty.openpty()
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *self._stack.command()],  # so that a Ctrl-C is one
            cwd=folder,
            env={**self._stack.environment, "PYTHONPATH": str(ROOT)},
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)

    @property
    def output(self) -> str:
        return self._output.decode(errors="replace")

    def becomes_ready(self) -> bool:
        deadline = time.monotonic() + READY_SECONDS
        while b"everything is ready" not in self._output and time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            self.read(0.05)
        return b"everything is ready" in self._output

    def read(self, seconds: float) -> None:
        """Somebody has to look at the terminal all the time."""
        if self._terminal < 0 or not select.select([self._terminal], [], [], seconds)[0]:
            return
        try:
            self._output += os.read(self._terminal, 65536)
        except OSError:  # nobody has it open any more
            time.sleep(seconds)

    def read_for(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            self.read(0.02)

    def strike(self, blow: Blow) -> None:
        match blow:
            case Blow.CTRL_C:
                os.write(self._terminal, b"\x03")
            case Blow.HUP:
                os.close(self._terminal)
                self._terminal = -1
            case _:
                self.process.send_signal(SIGNALS[blow])

    def ends(self) -> float | None:
        """In how many seconds; None when it hangs."""
        begin = time.monotonic()
        while self.process.poll() is None:
            if time.monotonic() > begin + HUNG_SECONDS:
                return None
            self.read(0.02) if self._terminal >= 0 else time.sleep(0.02)
        seconds = time.monotonic() - begin
        self.read(0.0)
        return seconds

    def left(self, patience_seconds: float) -> set[int]:
        return left(self._stack, patience_seconds)

    def clear(self) -> None:
        while found := self._stack.survivors():
            for pid in found:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        self.process.wait()
        if self._terminal >= 0:
            os.close(self._terminal)


def torture_real(
    folder: Path,
    blow: Blow,
    random: Random,
    kinds: tuple[str, ...] = (API, WORKER, WEB),
    is_early: bool = False,
) -> Verdict:
    tree = EARLY_REAL if is_early else REAL
    run = RealRun(folder, kinds)
    try:
        if is_early:
            delay = random.uniform(0, LATEST_EARLY_SIGNAL_SECONDS)
        elif not run.becomes_ready():
            return Verdict(tree, blow, 0.0, None, 0.0, 0, f"never ready: {run.output}")
        else:
            delay = random.uniform(0, 0.5)
        run.read_for(delay)
        run.strike(blow)
        return _verdict(run, tree, blow, delay)
    finally:
        run.clear()


def _verdict(run: RealRun, tree: str, blow: Blow, delay: float) -> Verdict:
    seconds = run.ends()
    if seconds is None:
        return Verdict(tree, blow, delay, None, HUNG_SECONDS, len(run.left(0.0)), f"hung: {run.output}")
    survivors = run.left(GUARD_SECONDS if blow is Blow.KILL else 0.0)
    complaint = f"left {sorted(survivors)}: {run.output}" if survivors else ""
    if (code := run.process.returncode) not in _expected(blow, run.output):
        complaint += f"left with {code}: {run.output}"
    return Verdict(tree, blow, delay, code, seconds, len(survivors), complaint)


def _expected(blow: Blow, output: str) -> set[int]:
    """Before its own first line Python is ended by the signal itself, or answers a Ctrl-C with 1."""
    number = SIGNALS[blow]
    found = {-number if blow is Blow.KILL else 128 + number}
    if blow is Blow.HUP:
        found.add(141)  # it may write before it is told
    return found if "started (pid=" in output else {*found, -number, 1}


def _plan(kinds: tuple[str, ...]) -> tuple[dict[str, str], dict[str, str]]:
    """What the real manifest says of them, at ports of their own."""
    api_port, web_port = free_port(), free_port()
    python = shlex.quote(sys.executable)
    everything = {
        API: (
            f"{python} -m uvicorn served:app --reload --port {api_port}",
            f'healthcheck = {{ http = "http://127.0.0.1:{api_port}/", start_period = "100s" }}\n'
            'stop_grace_period = "20s"\nstdin_open = true',
        ),
        WORKER: (
            f"{python} -m celery -A tasks worker --loglevel INFO --concurrency 2",
            'healthcheck = { log = "celery@.* ready\\\\.", start_period = "100s" }\n'
            'stop_grace_period = "30s"\nstdin_open = true',
        ),
        WEB: (
            f"{python} become_next.py {web_port}",
            f'healthcheck = {{ tcp = {web_port}, start_period = "100s" }}',
        ),
    }
    names = {API: "api", WORKER: "worker", WEB: "web"}
    return (
        {names[kind]: everything[kind][0] for kind in kinds},
        {names[kind]: everything[kind][1] for kind in kinds},
    )
