"""A real worker under a supervisor that is told to stop while a task runs: does the task get to its end?"""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from celery import Celery
from kombu import Exchange, Queue

from env.services.places import ROOT
from env.supervisor.configuration.procfile import parse_procfile
from env.supervisor.processes.tree import marked

MARK = "CELERY_RUN"
QUEUE = "pixcrawler"
SUPERVISOR = (
    sys.executable,
    "-m",
    "env.supervisor",
    "start",
    "--procfile",
    "Procfile",
    "--manifest",
    "m.toml",
)
START_SECONDS, STOP_SECONDS = 120.0, 60.0


class Outcome(NamedTuple):
    begun: int
    """How often the task was started."""
    is_done: bool
    seconds: float | None
    """From the signal to the end of the supervisor; None when it hung."""
    code: int | None
    survivors: int
    output: str


def worker_line(procfile: str) -> str:
    """The worker of this Procfile, options and all, with the application that has our task."""
    entries, _ = parse_procfile((ROOT / procfile).read_text())
    command = entries["worker"].command
    assert "backend.workers.app:app" in command
    return command.replace("backend.workers.app:app", "env.tests.celery_app:app")


def worker_table() -> str:
    """What the real manifest says of the worker, which here depends on nobody and has no files."""
    text = (ROOT / "pyproject.toml").read_text()
    table = re.search(r"^\[tool\.pixcrawler\.processes\.worker\]\n(?:(?!\[).*\n)*", text, re.MULTILINE)
    assert table
    return re.sub(r"^(depends_on|env_file|watch) = .*\n", "", table[0], flags=re.MULTILINE)


class CeleryRun:
    def __init__(self, folder: Path, broker: str, procfile: str, supervisor: tuple[str, ...]) -> None:
        self.folder, self.broker, self._supervisor = folder, broker, supervisor
        self.mark = uuid.uuid4().hex
        (folder / "Procfile").write_text(f"worker: {worker_line(procfile)}\n")
        (folder / "m.toml").write_text(worker_table())
        self._terminal, self._slave = pty.openpty()
        self._output = b""

    def start(self) -> None:
        environment = {
            **os.environ,
            MARK: self.mark,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "PIXCRAWLER_ENVIRONMENT": "test",
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            "SUPABASE_URL": "http://127.0.0.1:1",
            "STORAGE_SIGNING_KEY": "k" * 40,
            "REDIS_URL": self.broker,
            "CELERY_BROKER_URL": self.broker,
        }
        # A session with this terminal as its own, so that a Ctrl-C is one.
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *self._supervisor],
            cwd=self.folder,
            env=environment,
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
        )
        os.close(self._slave)

    def send_task(self, seconds: float) -> None:
        queue = Queue(QUEUE, Exchange(""), routing_key=QUEUE)
        with Celery(broker=self.broker, set_as_current=False) as app:
            app.conf.task_ignore_result = True
            app.send_task("survive", kwargs={"folder": str(self.folder), "seconds": seconds}, queue=queue)

    def press_ctrl_c(self) -> None:
        os.write(self._terminal, b"\x03")

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    @property
    def output(self) -> str:
        return self._output.decode(errors="replace")

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    @property
    def begun(self) -> int:
        path = self.folder / "begun"
        return path.stat().st_size if path.exists() else 0

    def watch(self, claim: Callable[[], object], seconds: float) -> bool:
        """Somebody has to read the terminal meanwhile."""
        deadline = time.monotonic() + seconds
        while not claim():
            if time.monotonic() > deadline:
                return False
            self._read(0.02)
        while self._read(0.0):
            pass
        return True

    def _read(self, seconds: float) -> bool:
        if not select.select([self._terminal], [], [], seconds)[0]:
            return False
        try:
            self._output += os.read(self._terminal, 65536)
        except OSError:  # nobody has it open any more
            time.sleep(seconds)
            return False
        return True

    def stop(self, how: Callable[["CeleryRun"], None]) -> Outcome:
        begin = time.monotonic()
        how(self)
        has_ended = self.watch(lambda: self.has_ended, STOP_SECONDS)
        seconds = time.monotonic() - begin if has_ended else None
        # An orphan of the supervisor may still be at it, which would be no merit of the supervisor's.
        left = len(marked(MARK, self.mark))
        is_done = (self.folder / "done").exists()
        return Outcome(self.begun, is_done, seconds, self.process.poll(), left, self.output)

    def clear(self) -> None:
        while left := marked(MARK, self.mark):
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        self.process.wait()
        os.close(self._terminal)


@contextmanager
def celery_run(
    broker: str, procfile: str = "Procfile", supervisor: tuple[str, ...] = SUPERVISOR
) -> Iterator[CeleryRun]:
    folder = Path(tempfile.mkdtemp(prefix="celery-run-"))
    run = CeleryRun(folder, broker, procfile, supervisor)
    run.start()
    try:
        yield run
    finally:
        run.clear()
        shutil.rmtree(folder)


def stop_in_the_middle(
    broker: str,
    how: Callable[[CeleryRun], None],
    *,
    task_seconds: float,
    after_seconds: float,
    procfile: str = "Procfile",
    supervisor: tuple[str, ...] = SUPERVISOR,
) -> Outcome:
    with celery_run(broker, procfile, supervisor) as run:
        run.send_task(task_seconds)
        run.watch(lambda: run.begun or run.has_ended, START_SECONDS)
        assert run.begun, f"the task never began:\n{run.output}"
        run.watch(lambda: False, after_seconds)
        return run.stop(how)
