import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext, suppress
from functools import partial
from pathlib import Path

import pytest

from env.supervisor.control import client, waiting
from env.supervisor.control.connection import LONGEST_REQUEST_BYTES
from env.supervisor.control.gate import peer_uid
from env.supervisor.control.server import MOST_CONNECTIONS
from env.supervisor.hints import command, start_command
from env.supervisor.instance import socket_path
from env.supervisor.output.logs import LogLine, logs
from env.supervisor.problems import NotRunningError, RefusedError, SilentError, SupervisorError
from env.supervisor.processes.platform import IS_LINUX
from env.tests.supervisor.stack import Stack, eventually, kid


@pytest.fixture
def running(stack: Stack) -> Stack:
    stack.start(
        {"web": kid("polite"), "db": kid("parent", "polite", "setsid"), "once": kid("leave", 0, "done")},
        {
            "web": 'depends_on = ["db"]',
            "once": 'restart = "no"',
            "db": 'ports = []\nhealthcheck = { log = "ready" }',
        },
    )
    assert stack.said("everything is ready")
    assert stack.are_ready(3)
    return stack


class TestStatus:
    def test_says_what_every_process_does(self, running: Stack) -> None:
        assert running.said("once completed")
        answer = client.status(running.state_dir)
        assert answer["pid"] == running.process.pid
        assert answer["is_ready"]
        states = {p["name"]: (p["state"], p["health"], p["exit_code"]) for p in answer["processes"]}
        assert states == {
            "db": ("running", "healthy", None),
            "web": ("running", None, None),
            "once": ("completed", None, 0),
        }

    def test_where_nothing_runs_says_how_to_start(self, stack: Stack) -> None:
        with pytest.raises(NotRunningError, match="supervisor start --procfile"):
            client.status(stack.state_dir)
        assert not client.is_running(stack.state_dir)

    def test_names_no_secret(self, stack: Stack) -> None:
        (stack.folder / "secrets").write_text("PLAN_TOKEN=a-secret-of-the-plan\n")
        stack.start({"a": f"{kid('polite')} # a-secret-of-the-plan"}, {"a": 'env_file = ["secrets"]'})
        assert stack.are_ready(1)
        answer = json.dumps([client.status(stack.state_dir), client.restart(stack.state_dir, "a")])
        assert answer.count("# [redacted]") == 2
        assert "a-secret-of-the-plan" not in answer


class TestPresence:
    def test_lasts_as_long_as_the_run(self, running: Stack) -> None:
        goes_on = waiting.Presence(running.state_dir)
        assert [goes_on(), goes_on()] == [True, True]
        client.stop(running.state_dir)
        assert not goes_on()

    def test_survives_being_let_go_in_favour_of_others(self, running: Stack) -> None:
        goes_on = waiting.Presence(running.state_dir)
        assert goes_on()
        others = [client.connect(running.state_dir, 1.0) for _ in range(2 * MOST_CONNECTIONS)]
        assert goes_on()
        for other in others:
            other.close()


class TestABusySupervisor:
    """It was paused, and its queue is full: the kernel turns away whoever comes with a time-out."""

    @pytest.fixture
    def paused(self, running: Stack) -> Iterator[Stack]:
        running.send(signal.SIGSTOP)
        with ExitStack() as queue:
            with suppress(BlockingIOError):
                while True:
                    other = queue.enter_context(socket.socket(socket.AF_UNIX))
                    other.setblocking(False)
                    other.connect(str(socket_path(running.state_dir)))
            yield running
            running.send(signal.SIGCONT)

    def test_is_not_an_absent_one(self, paused: Stack) -> None:
        assert client.is_running(paused.state_dir)
        assert waiting.Presence(paused.state_dir)()
        with pytest.raises(SilentError, match=rf"\(pid {paused.process.pid}\) did not finish within 0.2 s"):
            client.status(paused.state_dir, 0.2)

    def test_is_waited_for(self, paused: Stack) -> None:
        threading.Timer(0.3, paused.send, [signal.SIGCONT]).start()
        assert client.status(paused.state_dir)["pid"] == paused.process.pid

    def test_that_lets_us_go_unheard_is_asked_again(self, running: Stack) -> None:
        is_over = threading.Event()

        def crowd() -> None:
            others: deque[socket.socket] = deque()
            while not is_over.is_set():
                others.append(socket.socket(socket.AF_UNIX))
                others[-1].connect(str(socket_path(running.state_dir)))
                if len(others) > 2 * MOST_CONNECTIONS:
                    others.popleft().close()
            for other in others:
                other.close()

        threads = [threading.Thread(target=crowd) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(10):
                assert client.status(running.state_dir)["pid"] == running.process.pid
        finally:
            is_over.set()
            for thread in threads:
                thread.join(10)

    def test_does_not_end_a_wait(self, stack: Stack) -> None:
        stack.start({"a": kid("polite")}, {"a": 'healthcheck = { log = "never" }'})
        assert stack.are_ready(1)
        stack.send(signal.SIGSTOP)
        threading.Timer(0.3, stack.send, [signal.SIGCONT]).start()
        with pytest.raises(RefusedError, match=r"not ready after 1 s: a\n"):
            waiting.wait(stack.state_dir, 1)


class TestOneProcess:
    def test_restarts_with_a_new_pid_and_nothing_of_the_old_one(self, running: Stack) -> None:
        assert running.said("once completed")
        before = {p["name"]: p["pid"] for p in client.status(running.state_dir)["processes"]}
        old = running.children()
        process = client.restart(running.state_dir, "db")
        assert process["pid"] not in {before["db"], None}
        assert len(old & running.children()) == 1  # web
        assert client.status(running.state_dir)["processes"][1]["pid"] == before["web"]

    def test_stops_and_starts_again(self, running: Stack) -> None:
        assert client.stop(running.state_dir, "web")["state"] == "stopped"
        assert running.process.poll() is None
        assert client.start(running.state_dir, "web")["state"] == "running"

    def test_starts_with_what_it_depends_on(self, running: Stack) -> None:
        client.stop(running.state_dir, "db")
        client.stop(running.state_dir, "web")
        client.start(running.state_dir, "web")
        states = {p["name"]: p["state"] for p in client.status(running.state_dir)["processes"]}
        assert states["db"] == states["web"] == "running"

    def test_that_completed_can_run_once_more(self, running: Stack) -> None:
        assert running.said("once completed")
        client.restart(running.state_dir, "once")
        assert running.said("once completed", 2)

    @pytest.mark.parametrize("change", [client.start, client.stop, client.restart])
    def test_that_is_unknown_is_refused_with_the_closest_name(self, running: Stack, change) -> None:
        with pytest.raises(RefusedError, match="did you mean 'web'"):
            change(running.state_dir, "wep")


class TestStop:
    def test_returns_when_nothing_is_left(self, running: Stack) -> None:
        client.stop(running.state_dir)
        assert not running.children()
        assert running.code(1) == 0
        assert not running.survivors()

    def test_twice_at_the_same_time_both_return(self, running: Stack) -> None:
        threads = [threading.Thread(target=client.stop, args=[running.state_dir]) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert running.code(1) == 0


class TestWait:
    def test_returns_when_everything_is_ready_also_if_the_run_begins_later(self, stack: Stack) -> None:
        answers = []
        thread = threading.Thread(target=lambda: answers.append(waiting.wait(stack.state_dir, 10)))
        thread.start()
        stack.start({"a": f"sleep 0.3; {kid('polite')}"}, {"a": 'healthcheck = { log = "ready" }'})
        thread.join(10)
        assert answers[0]["is_ready"]

    def test_waits_for_what_was_restarted(self, stack: Stack) -> None:
        stack.start({"a": f"sleep 0.3; {kid('polite')}"}, {"a": 'healthcheck = { log = "ready" }'})
        waiting.wait(stack.state_dir, 10)
        client.restart(stack.state_dir, "a")
        assert waiting.wait(stack.state_dir, 10)["processes"][0]["is_ready"]

    def test_names_what_is_late(self, stack: Stack) -> None:
        stack.start({"a": kid("polite"), "b": kid("polite")}, {"a": 'healthcheck = { log = "never" }'})
        assert stack.are_ready(2)
        with pytest.raises(RefusedError, match=r"not ready after 0.1 s: a\n"):
            waiting.wait(stack.state_dir, 0.1)

    def test_gives_up_at_once_on_a_run_that_cannot_become_ready(self, stack: Stack) -> None:
        stack.start(
            {"a": kid("polite"), "b": kid("leave", 3)},
            {"a": 'healthcheck = { log = "never" }', "b": 'restart = "no"'},
        )
        with pytest.raises(RefusedError, match=r"b: failed with exit code 3.*\n.* logs b "):
            waiting.wait(stack.state_dir, 60)

    def test_ends_with_the_run(self, stack: Stack) -> None:
        stack.start({"a": kid("polite")}, {"a": 'healthcheck = { log = "never" }'})
        assert stack.are_ready(1)
        refusals: list[RefusedError] = []

        def wait() -> None:
            with pytest.raises(RefusedError) as raised:
                waiting.wait(stack.state_dir, 60)
            refusals.append(raised.value)

        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.2)
        stack.process.kill()
        thread.join(10)
        assert "ended before it was ready" in str(refusals[0])


class TestTheSocket:
    def ask(self, stack: Stack, *pieces: bytes) -> dict[str, str]:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(socket_path(stack.state_dir)))
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(0.02)
            answer: dict[str, str] = json.loads(connection.makefile().readline())
            return answer

    def test_takes_a_request_in_pieces(self, running: Stack) -> None:
        assert "processes" in self.ask(running, b'{"comm', b'and": "status"', b"}\n")

    @pytest.mark.parametrize(
        "request_line", [b"nonsense\n", b"[]\n", b"{}\n", b'{"command": "explode"}\n', b"\xff\n"]
    )
    def test_answers_nonsense_with_a_hint(self, running: Stack, request_line: bytes) -> None:
        assert self.ask(running, request_line)["hint"]

    def test_is_for_its_owner_only(self, running: Stack) -> None:
        assert socket_path(running.state_dir).stat().st_mode & 0o777 == 0o600

    def test_serves_others_while_a_client_says_nothing(self, running: Stack) -> None:
        with socket.socket(socket.AF_UNIX) as silent:
            silent.connect(str(socket_path(running.state_dir)))
            assert client.status(running.state_dir, timeout_seconds=1.0)

    @pytest.mark.parametrize(("mode", "is_fit"), [(0o700, True), (0o755, False), (0o777, False)])
    def test_of_a_long_path_lies_where_nobody_else_gets(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, is_fit: bool
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        folder = tmp_path / f"pixcrawler-{os.getuid()}"
        folder.mkdir()
        folder.chmod(mode)
        with nullcontext() if is_fit else pytest.raises(SupervisorError, match="open to others"):
            assert socket_path(tmp_path / ("x" * 120)).parent == folder

    def test_knows_who_is_at_the_other_end(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX)
        with ours, theirs:
            assert peer_uid(ours) == os.getuid()

    def test_a_huge_request_is_refused(self, running: Stack) -> None:
        assert "longer than" in self.ask(running, b"x" * (LONGEST_REQUEST_BYTES + 1))["error"]

    def test_a_client_that_dies_in_the_middle_harms_nobody(self, running: Stack) -> None:
        pid = client.status(running.state_dir)["processes"][1]["pid"]
        for request in (b'{"comm', b'{"command": "status"}\n', b'{"command": "restart", "name": "web"}\n'):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(socket_path(running.state_dir)))
                connection.sendall(request)
        web = partial(client.status, running.state_dir)
        assert eventually(lambda: web()["processes"][1]["pid"] not in {pid, None})

    def test_serves_others_beside_a_hundred_that_say_nothing(self, running: Stack) -> None:
        with ExitStack() as stack:
            for _ in range(100):
                silent = stack.enter_context(socket.socket(socket.AF_UNIX))
                silent.connect(str(socket_path(running.state_dir)))
            assert client.status(running.state_dir, timeout_seconds=5.0)
            descriptors = Path(f"/proc/{running.process.pid}/fd")
            assert not IS_LINUX or len(list(descriptors.iterdir())) < 100
            assert client.restart(running.state_dir, "web")["state"] == "running"

    def test_does_not_make_room_at_the_cost_of_those_who_wait_for_an_answer(self, stack: Stack) -> None:
        stack.start({"a": kid("grateful", 1)})
        assert stack.are_ready(1)
        with ExitStack() as clients:
            waiting = clients.enter_context(socket.socket(socket.AF_UNIX))
            waiting.connect(str(socket_path(stack.state_dir)))
            waiting.sendall(b'{"command": "restart", "name": "a"}\n')
            for _ in range(2 * MOST_CONNECTIONS):
                silent = clients.enter_context(socket.socket(socket.AF_UNIX))
                silent.connect(str(socket_path(stack.state_dir)))
            assert json.loads(waiting.makefile().readline())["processes"][0]["state"] == "running"

    def test_a_reply_larger_than_its_buffer_arrives_in_full(self, stack: Stack) -> None:
        lines = "".join(f"VARIABLE_{number}={'x' * 2000}\n" for number in range(400))
        (stack.folder / "large").write_text(lines)
        stack.start({"a": kid("polite")}, {"a": 'env_file = ["large"]'})
        assert stack.are_ready(1)
        with socket.socket(socket.AF_UNIX) as slow:
            slow.connect(str(socket_path(stack.state_dir)))
            slow.sendall(b'{"command": "environment"}\n')
            assert client.status(stack.state_dir, timeout_seconds=5.0)  # it waits for nobody
            answer = json.loads(slow.makefile().readline())
        assert sum(name.startswith("VARIABLE_") for name in answer["environment"]) == 400

    def test_takes_what_is_no_utf_8_along(self, stack: Stack) -> None:
        os.environb[b"PIXCRAWLER_TEST_BYTES"] = b"\xff"
        try:
            stack.start({"a": kid("polite")})
            assert eventually(lambda: client.is_running(stack.state_dir))
            assert client.environment(stack.state_dir)["PIXCRAWLER_TEST_BYTES"] == "\udcff"
        finally:
            del os.environb[b"PIXCRAWLER_TEST_BYTES"]


class TestScaled:
    def test_a_name_means_all_its_copies(self, stack: Stack) -> None:
        stack.start({"a": kid("polite"), "b": kid("polite")}, {}, "--scale", "a=2")
        assert stack.are_ready(3)
        before = {p["name"]: p["pid"] for p in client.status(stack.state_dir)["processes"]}
        changed = client.change(stack.state_dir, "restart", "a")
        assert [process["name"] for process in changed] == ["a.1", "a.2"]
        after = {p["name"]: p["pid"] for p in client.status(stack.state_dir)["processes"]}
        assert {name for name in before if before[name] != after[name]} == {"a.1", "a.2"}

    def test_one_copy_has_its_own_name(self, stack: Stack) -> None:
        stack.start({"a": kid("polite")}, {}, "--scale", "a=2")
        assert stack.are_ready(2)
        client.stop(stack.state_dir, "a.2")
        states = {p["name"]: p["state"] for p in client.status(stack.state_dir)["processes"]}
        assert states == {"a.1": "running", "a.2": "stopped"}


class TestHints:
    def test_can_be_typed_as_they_stand(self, running: Stack) -> None:
        typed = command(running.state_dir, "status --json").strip("`")
        done = subprocess.run(["sh", "-c", typed], capture_output=True, text=True, check=True)
        assert json.loads(done.stdout)["pid"] == running.process.pid

    def test_of_a_folder_without_a_run_start_one(self, stack: Stack) -> None:
        stack.write({"a": kid("polite")}, {})
        stack.launch(command=["sh", "-c", f"exec {start_command(stack.state_dir).strip('`')}"])
        assert stack.are_ready(1)

    def test_of_this_checkout_are_tasks(self) -> None:
        state_dir = Path(__file__).parents[3] / ".dev"
        assert command(state_dir, "logs api") == "`invoke logs api`"
        assert start_command(state_dir) == "`invoke dev`"


class TestLogs:
    def test_of_one_process(self, running: Stack) -> None:
        assert eventually(lambda: [line.text for line in logs(running.state_dir, "once")] == ["done"])

    def test_of_all_in_order_of_time(self, running: Stack) -> None:
        lines = list(logs(running.state_dir))
        assert {"web", "db", "system"} <= {line.name for line in lines}
        assert [line.stamp for line in lines] == sorted(line.stamp for line in lines)

    def test_since_and_last_narrow_it_down(self, running: Stack) -> None:
        assert not list(logs(running.state_dir, "web", since_seconds=-60))
        assert len(list(logs(running.state_dir, last=2))) == 2

    def test_are_all_there_is_when_more_is_asked_for(self, running: Stack) -> None:
        assert running.said("once completed")
        assert len(list(logs(running.state_dir, "once", last=10**30))) == 1
        assert len(list(logs(running.state_dir, "once", since_seconds=1e300))) == 1

    def test_follow_until_the_run_ends(self, running: Stack) -> None:
        lines: list[LogLine] = []
        thread = threading.Thread(target=lambda: lines.extend(logs(running.state_dir, "system", follow=True)))
        thread.start()
        client.restart(running.state_dir, "web")
        client.stop(running.state_dir)
        thread.join(5)
        assert not thread.is_alive()
        assert "db stopped by SIGTERM" in {line.text for line in lines}

    def test_of_an_unknown_process_names_the_closest(self, running: Stack) -> None:
        with pytest.raises(NotRunningError, match="did you mean 'once'"):
            list(logs(running.state_dir, "onse"))


class TestDetached:
    def test_returns_when_everything_is_ready(self, stack: Stack) -> None:
        stack.start(
            {"a": f"sleep 0.2; {kid('polite')}"}, {"a": 'healthcheck = { log = "ready" }'}, "--detach"
        )
        assert stack.code() == 0
        assert client.status(stack.state_dir)["is_ready"]
        client.stop(stack.state_dir)
        assert eventually(lambda: not stack.survivors(), 1)

    def test_says_why_it_could_not(self, stack: Stack) -> None:
        stack.start({"a": kid("leave", 6, "no database")}, {"a": 'healthcheck = { log = "up" }'}, "--detach")
        assert stack.code() == 6
        assert "no database" in stack.output

    def test_ctrl_c_while_it_waits_ends_the_run(self, stack: Stack) -> None:
        stack.start({"a": kid("polite")}, {"a": 'healthcheck = { log = "never" }'}, "--detach")
        assert eventually(lambda: client.is_running(stack.state_dir) and stack.children())
        stack.send(signal.SIGINT)
        assert stack.code() == 130
        assert not stack.survivors()

    def test_reports_a_broken_procfile(self, stack: Stack) -> None:
        stack.start({"web.1": "x"}, {}, "--detach")
        assert stack.code() == 1
        assert "letters, digits" in stack.output


def test_the_client_is_quick_to_import() -> None:
    program = (
        "import sys, env.supervisor.control.client; print({'psutil', 'asyncio', 'rich'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
