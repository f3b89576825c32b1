"""The files at work: a real supervisord, healthchecks as commands, a real Celery worker that is stopped."""

import os
import shlex
import signal
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Iterator
from pathlib import Path
from xmlrpc.client import ServerProxy

import pytest

from env.exports.application import application
from env.exports.probes import check_argv, until
from env.exports.rpc import UnixTransport
from env.exports.supervisord import Supervisord
from env.supervisor.configuration.specification import Check, Healthcheck
from env.supervisor.processes.tree import marked
from env.supervisor.run import read_plan
from env.tests.supervisor.stack import eventually, free_port, kid, standard_signals

MARK = "EXPORT_MARK"
ROOT = Path(__file__).parents[3]


class Supervised:
    """A folder with Procfile and manifest under a real supervisord."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.mark = folder, uuid.uuid4().hex
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, procfile: str, manifest: str) -> None:
        (self.folder / "Procfile").write_text(procfile)
        (self.folder / "manifest.toml").write_text(manifest)
        plan = read_plan(self.folder / "Procfile", self.folder / "manifest.toml")
        (file,) = Supervisord().files(application(plan, "pix", self.folder))
        configuration = self.folder / file.name
        configuration.write_text(file.content)
        with (self.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-c", configuration],
                env={**os.environ, MARK: self.mark, "PYTHONPATH": str(ROOT), "REAL": "real"},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text(errors="replace")

    def states(self) -> dict[str, str]:
        """What `supervisorctl status` would say."""
        transport = UnixTransport(str(self.folder / "pix.sock"))
        try:
            found = ServerProxy("http://localhost/RPC2", transport=transport).supervisor.getAllProcessInfo()
        except OSError:
            return {}
        assert isinstance(found, list)
        return {program["name"]: program["statename"] for program in found}

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process
        self.process.send_signal(number)
        return self.process.wait(60)

    def survivors(self) -> set[int]:
        return marked(MARK, self.mark)


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    supervised = Supervised(tmp_path)
    yield supervised
    for pid in supervised.survivors():
        os.kill(pid, signal.SIGKILL)
    if supervised.process:
        supervised.process.wait(10)


def table(name: str, body: str) -> str:
    return f"[tool.pixcrawler.processes.{name}]\n{textwrap.dedent(body)}\n"


class TestSupervisord:
    def test_a_stack_starts_in_order_and_stops_in_the_opposite(self, supervised: Supervised) -> None:
        port, web = free_port(), free_port()
        connect = f'import socket; socket.create_connection(("127.0.0.1", {port}))'
        # Both need the database: one when it begins, one when it is told to end.
        worker = f"""
            import signal, sys, time
            def end(*_):
                {connect}
                print("worker: the database is still there", flush=True); sys.exit(0)
            signal.signal(signal.SIGTERM, end)
            print("worker ready", flush=True)
            time.sleep(600)
        """
        (supervised.folder / "worker.py").write_text(textwrap.dedent(worker))
        (supervised.folder / ".env").write_text("FROM_FILE='a $; # b'\nREAL=file\n")
        migrate = 'echo "migrate: <$FROM_FILE> <$REAL>"; ' + shlex.join([sys.executable, "-c", connect])
        supervised.start(
            f"db: {kid('listen', port, 0.7)}\nmigrate: {migrate}\nworker: {sys.executable} worker.py\n"
            f"web: {kid('serve', web)}\nmany: {kid('say', 'PORT')}\n",
            table("db", f'healthcheck = {{ tcp = {port} }}\nrestart = "always"')
            + table("migrate", 'depends_on = { db = "service_healthy" }\nenv_file = [".env"]')
            + table(
                "worker", 'depends_on = { migrate = "service_completed_successfully" }\nrestart = "always"'
            )
            + table("web", 'depends_on = ["worker"]\nrestart = "always"')
            + table("many", "scale = 2"),
        )
        running = {"db", "worker", "web", "many.1", "many.2"}
        assert eventually(lambda: self._runs(supervised, running), 60), supervised.output
        assert "migrate: <a $; # b> <real>" in supervised.output
        assert "Traceback" not in supervised.output
        assert {"5400", "5401"} <= set(supervised.output.splitlines())
        assert len(supervised.survivors()) > len(running)
        assert supervised.stop() == 0
        assert "worker: the database is still there" in supervised.output
        assert supervised.survivors() == set()

    def _runs(self, supervised: Supervised, names: set[str]) -> bool:
        states = supervised.states()
        running = {name for name, state in states.items() if state == "RUNNING"}
        return running == names and states["migrate"] == "EXITED" and "worker ready" in supervised.output

    def test_nobody_starts_after_a_one_shot_that_failed(self, supervised: Supervised) -> None:
        supervised.start(
            f"migrate: exit 3\nweb: {kid('leave', 0, 'web was started')}\n",
            table("web", 'depends_on = { migrate = "service_completed_successfully" }\nrestart = "always"'),
        )
        assert eventually(lambda: "migrate did not complete" in supervised.output, 30), supervised.output
        assert "exit code 3" in supervised.output
        supervised.stop()
        assert "web was started" not in supervised.output

    def test_a_one_shot_that_fails_is_no_endless_loop(self, supervised: Supervised) -> None:
        supervised.start(
            "migrate: echo tried; exit 3\nweb: sleep 60\n",
            table("migrate", 'restart = "on-failure"')
            + table("web", 'depends_on = { migrate = "service_completed_successfully" }\nrestart = "always"'),
        )
        assert eventually(lambda: "migrate did not complete" in supervised.output, 30), supervised.output
        supervised.stop()
        assert supervised.output.splitlines().count("tried") == 1

    def test_a_process_that_still_waits_can_be_stopped(self, supervised: Supervised) -> None:
        supervised.start(
            f"-db: {kid('polite')}\nweb: {kid('polite')}\n",
            table(
                "-db", f'healthcheck = {{ tcp = {free_port()} }}\nrestart = "always"\nstop_signal = "SIGINT"'
            )
            + table("web", 'depends_on = { -db = "service_healthy" }\nstop_signal = "SIGINT"'),
        )
        assert eventually(lambda: "waiting for -db" in supervised.output, 30), supervised.output
        assert supervised.stop() == 0
        assert "web (terminated by SIGINT)" in supervised.output
        assert "Traceback" not in supervised.output.partition("received SIGTERM")[0]
        assert supervised.survivors() == set()

    def test_signals_are_as_under_the_supervisor(self, supervised: Supervised) -> None:
        """supervisord ignores SIGPIPE, and so would its children: `yes | head` never ended quietly."""
        supervised.start("web: grep SigIgn /proc/self/status; sleep 60\n", "")
        assert eventually(lambda: "SigIgn" in supervised.output, 30), supervised.output
        assert standard_signals("SigIgn", supervised.output) == 0

    def test_what_a_leader_leaves_behind_is_killed_with_it(self, supervised: Supervised) -> None:
        supervised.start(
            f"web: {kid('parent', 'stubborn')}\n",
            table("web", 'restart = "always"\nstop_grace_period = "1s"'),
        )
        assert eventually(lambda: supervised.output.count("ready") == 2, 30), supervised.output
        supervised.stop()
        assert eventually(lambda: not supervised.survivors()), supervised.survivors()

    @pytest.mark.heavy
    def test_a_running_celery_task_survives_the_stop(self, supervised: Supervised) -> None:
        """Its pool processes die of SIGTERM: only the leader may get it."""
        (supervised.folder / "app.py").write_text(CELERY)
        for name in ("queue", "control"):
            (supervised.folder / name).mkdir()
        python = shlex.quote(sys.executable)
        supervised.start(
            f"worker: {python} -m celery -A app worker -c 2 --without-gossip --without-mingle\n",
            table("worker", 'restart = "always"\nstop_grace_period = "60s"'),
        )
        subprocess.run(
            [sys.executable, "-c", "import app; app.work.delay(3)"], cwd=supervised.folder, check=True
        )
        assert eventually((supervised.folder / "begun").exists, 60), supervised.output
        assert supervised.stop() == 0
        assert (supervised.folder / "done").exists(), supervised.output
        assert supervised.survivors() == set()


CELERY = """
import time
from pathlib import Path
from celery import Celery

here = Path(__file__).parent
app = Celery("app", broker="filesystem://")
queue = str(here / "queue")
app.conf.broker_transport_options = {
    "data_folder_in": queue, "data_folder_out": queue, "control_folder": str(here / "control"),
}

@app.task
def work(seconds):
    (here / "begun").touch()
    time.sleep(seconds)
    (here / "done").touch()
"""


class TestChecks:
    """A healthcheck as a command says what the supervisor's own says."""

    def test_http(self) -> None:
        port = free_port()
        check = Healthcheck(Check.HTTP, f"http://127.0.0.1:{port}/health?a=\"é'$", timeout_seconds=30)
        assert self._code(check) != 0
        with subprocess.Popen(
            [sys.executable, "-S", KIDS, "serve", str(port), "1"], stdout=subprocess.PIPE
        ) as server:
            assert server.stdout
            assert eventually(lambda: self._connects(port))
            # The connection above had the one bad answer.
            assert self._code(check) == 0
            server.kill()

    def test_http_believes_no_bad_answer(self) -> None:
        port = free_port()
        check = Healthcheck(Check.HTTP, f"http://127.0.0.1:{port}/", timeout_seconds=30)
        with subprocess.Popen(
            [sys.executable, "-S", KIDS, "serve", str(port), "9"], stdout=subprocess.PIPE
        ) as server:
            assert eventually(lambda: self._connects(port))
            assert self._code(check) == 1
            server.kill()

    def test_tcp(self) -> None:
        port = free_port()
        check = Healthcheck(Check.TCP, f"127.0.0.1:{port}", timeout_seconds=30)
        assert self._code(check) != 0
        with subprocess.Popen(
            [sys.executable, "-S", KIDS, "listen", str(port)], stdout=subprocess.PIPE
        ) as server:
            assert server.stdout
            server.stdout.readline()
            assert self._code(check) == 0
            server.kill()

    def test_file(self, tmp_path: Path) -> None:
        check = Healthcheck(Check.FILE, str(tmp_path / "ready now"))
        assert self._code(check) == 1
        (tmp_path / "ready now").touch()
        assert self._code(check) == 0

    def test_systemd_waits_until_it_is_there(self, tmp_path: Path) -> None:
        argv = until(["test", "-e", str(tmp_path / "it's")], 'kill -0 "$MAINPID" || exit 1')
        with subprocess.Popen(argv, env={**os.environ, "MAINPID": str(os.getpid())}) as wait:
            (tmp_path / "it's").touch()
            assert wait.wait(30) == 0

    def test_systemd_gives_up_when_the_process_has_gone(self, tmp_path: Path) -> None:
        gone = subprocess.Popen(["true"])
        gone.wait()
        argv = until(["test", "-e", str(tmp_path / "never")], 'kill -0 "$MAINPID" || exit 1')
        done = subprocess.run(argv, env={**os.environ, "MAINPID": str(gone.pid)}, timeout=30)
        assert done.returncode == 1

    def _code(self, check: Healthcheck) -> int:
        argv = check_argv(check, sys.executable)
        assert argv
        return subprocess.run(argv, capture_output=True, timeout=60).returncode

    def _connects(self, port: int) -> bool:
        return self._code(Healthcheck(Check.TCP, f"127.0.0.1:{port}")) == 0


KIDS = Path(__file__).parents[1] / "supervisor" / "kids.py"
