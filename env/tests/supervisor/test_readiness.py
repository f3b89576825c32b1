import os
import socket
import time
from itertools import pairwise
from pathlib import Path

import pytest

from env.supervisor.configuration.specification import Check, Healthcheck
from env.supervisor.lifecycle.states import Health
from env.supervisor.processes.loop import Loop, Timer
from env.supervisor.readiness.monitor import Monitor
from env.supervisor.readiness.probes import Attempt, NotYet, ReadyFile, Target, Verdict
from env.tests.supervisor.stack import Stack, eventually, free_port, kid


class TestOrder:
    def test_a_dependent_starts_when_the_port_is_open_and_not_before(self, stack: Stack) -> None:
        port = free_port()
        stack.start(
            {"api": kid("polite"), "db": kid("listen", port, 0.3)},
            {"api": 'depends_on = { db = "service_healthy" }', "db": f"healthcheck = {{ tcp = {port} }}"},
        )
        assert stack.said("everything is ready")
        events = [text for name, text in stack.lines if name == "system"]
        assert [text.split(" after")[0].split(" (")[0] for text in events] == [
            "db started", "db is healthy", "api started", "everything is ready",
        ]  # fmt: skip

    def test_a_chain_of_every_condition(self, stack: Stack) -> None:
        port = free_port()
        stack.start(
            {
                "web": kid("polite"),
                "migrate": "sleep 0.1",
                "db": kid("serve", port, 3),
                "log": kid("polite"),
                "exec": "sleep 0.2 && touch done && exec sleep 60",
            },
            {
                "db": f'healthcheck = {{ http = "http://127.0.0.1:{port}/health" }}',
                "log": 'healthcheck = { log = "^rea.y$" }',
                "exec": 'healthcheck = { exec = ["test", "-f", "done"] }\ndepends_on = ["log"]',
                "migrate": 'depends_on = { db = "service_healthy", exec = "service_healthy" }',
                "web": 'depends_on = { migrate = "service_completed_successfully", log = "service_healthy" }',
            },
        )
        assert stack.said("everything is ready")
        started = [text.split()[0] for name, text in stack.lines if text.endswith(")") and " started" in text]
        assert started.index("log") < started.index("exec") < started.index("migrate") < started.index("web")
        assert started.index("db") < started.index("migrate")

    def test_a_log_line_does_not_have_to_be_plain(self, stack: Stack) -> None:
        stack.start(
            {"a": r"printf '\033[32mready\033[0m at last\r\n'; exec sleep 60"},
            {"a": 'healthcheck = { log = "^ready at last$" }'},
        )
        assert stack.said("a is healthy")

    def test_the_gap_between_an_open_port_and_the_start_of_a_dependent_is_short(self, stack: Stack) -> None:
        port = free_port()
        stack.start(
            {"api": "date +%s.%N", "db": f"{kid('listen', port, 0.2)}"},
            {
                "api": 'depends_on = { db = "service_healthy" }\nrestart = "no"',
                "db": f"healthcheck = {{ tcp = {port} }}",
            },
        )
        assert stack.said("everything is ready")
        seconds = float(
            next(text.split()[-2] for name, text in stack.lines if text.startswith("db is healthy"))
        )
        assert seconds < 0.2 + 0.35


class TestFile:
    CHECK = 'healthcheck = { file = "ready" }'

    def test_a_process_is_ready_when_it_has_written_the_file(self, stack: Stack) -> None:
        stack.start({"a": "sleep 0.2; touch ready; exec sleep 60"}, {"a": self.CHECK})
        assert stack.said("a is healthy")

    def test_a_file_of_an_earlier_run_is_none(self, stack: Stack) -> None:
        (stack.folder / "ready").touch()
        check = 'healthcheck = { file = "ready", start_period = "300ms" }'
        stack.start({"a": "exec sleep 60"}, {"a": check})
        assert stack.said("not ready after 0.3 s: ")
        assert stack.said("ready is from an earlier run")

    def test_the_same_file_written_again_at_once_counts(self, stack: Stack) -> None:
        (stack.folder / "ready").touch()
        stack.start({"a": "touch ready; exec sleep 60"}, {"a": self.CHECK})
        assert stack.said("a is healthy")

    def test_every_life_has_to_write_it_anew(self, stack: Stack) -> None:
        once = "[ -e ready ] || { touch ready; sleep 0.3; exit 1; }; exec sleep 60"
        stack.start(
            {"a": once},
            {"a": 'restart = "on-failure"\nhealthcheck = { file = "ready", start_period = "300ms" }'},
        )
        assert stack.said("a is healthy")
        assert stack.said("ready is from an earlier run")

    def test_its_age_does_not_matter(self, tmp_path: Path) -> None:
        """A mounted folder has the clock of another machine."""
        file = ReadyFile(tmp_path / "ready")
        assert "does not exist" in str(file.judge())
        (tmp_path / "ready").touch()
        os.utime(tmp_path / "ready", (1, 1))
        assert file.judge() is None
        assert "earlier run" in str(ReadyFile(tmp_path / "ready").judge())


class TestPace:
    @staticmethod
    def pauses(check: Healthcheck, reasons: list[str]) -> list[float]:
        """Between the tries of a command that fails for `reasons`."""
        tries: list[float] = []
        loop = Loop()

        def execute(_: tuple[str, ...], _timeout: float, verdict: Verdict) -> Timer:
            tries.append(time.monotonic())
            return loop.after(0, lambda: verdict(reasons[len(tries) - 1]))

        monitor = Monitor(loop, check, execute, lambda *_: None)
        while len(tries) < len(reasons):
            loop.turn()
        monitor.cancel()
        loop.close()
        return [later - earlier for earlier, later in pairwise(tries)]

    def test_what_costs_something_is_asked_less_and_less_often(self) -> None:
        pauses = self.pauses(Healthcheck(Check.EXEC, ("x",)), ["no"] * 8)
        assert min(pauses[:3]) < 0.05 < pauses[-1]

    def test_what_costs_nothing_is_asked_steadily(self) -> None:
        pauses = self.pauses(Healthcheck(Check.EXEC, ("x",)), [NotYet("no")] * 20)
        assert sorted(pauses)[len(pauses) // 2] < 0.2

    def test_start_interval_wins_over_both(self) -> None:
        check = Healthcheck(Check.EXEC, ("x",), start_interval_seconds=0.15)
        assert all(pause >= 0.15 for pause in self.pauses(check, ["no", NotYet("no"), "no"]))


def test_time_in_which_we_were_stopped_is_none_of_its_start_period() -> None:
    loop, reports = Loop(), []
    check = Healthcheck(Check.LOG, "never", start_period_seconds=0.5)
    Monitor(loop, check, lambda *_: loop.after(0, print), lambda health, _: reports.append(health))
    time.sleep(0.6)
    loop.turn()
    assert not reports
    while not reports:
        loop.turn()
    assert reports == [Health.FAILED]
    loop.close()


def verdict_of(target: Target, timeout_seconds: float = 1.0) -> str | None:
    loop = Loop()
    verdicts: list[str | None] = []
    Attempt(loop, target, timeout_seconds, verdicts.append)
    while not verdicts:
        loop.turn()
    loop.close()
    (verdict,) = verdicts
    return verdict


class TestAttempt:
    def test_succeeds_on_an_open_port(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            assert verdict_of(Target.tcp(f"127.0.0.1:{server.getsockname()[1]}")) is None

    def test_a_closed_port_is_refused(self) -> None:
        assert "ECONNREFUSED" in str(verdict_of(Target.tcp(f"127.0.0.1:{free_port()}")))

    def test_finds_a_server_on_either_address_of_localhost(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            target = Target.tcp(f"localhost:{server.getsockname()[1]}")
            assert verdict_of(target) is None

    def test_a_silent_http_server_times_out(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            verdict = verdict_of(Target.http(f"http://127.0.0.1:{server.getsockname()[1]}/"), 0.1)
            assert "did not answer in 0.1 s" in str(verdict)

    @pytest.mark.parametrize(
        ("answer", "is_healthy"),
        [
            (b"HTTP/1.1 200 OK\r\n\r\n", True),
            (b"HTTP/1.1 204 No Content\r\n\r\n", True),
            (b"HTTP/1.1 307 Temporary Redirect\r\n\r\n", True),
            (b"HTTP/1.1 404 Not Found\r\n\r\n", False),
            (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", False),
            (b"SSH-2.0-OpenSSH\r\n", False),
            (b"", False),
        ],
    )
    def test_an_http_answer_counts_by_its_status(self, answer: bytes, is_healthy: bool) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            pid = os.fork()
            if pid == 0:
                connection, _ = server.accept()
                connection.recv(4096)
                connection.sendall(answer)
                connection.close()
                os._exit(0)
            verdict = verdict_of(Target.http(f"http://127.0.0.1:{server.getsockname()[1]}/"))
            os.waitpid(pid, 0)
        assert (verdict is None) is is_healthy

    def test_a_connection_to_itself_is_no_success(self) -> None:
        """The kernel gives a prober the very port it probes, once in some ten thousand times."""
        low, high = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
        assert low < 54321 < high  # our own ports lie there, so this happens
        deadline = time.monotonic() + 0.5
        port = free_port()
        while time.monotonic() < deadline:
            assert verdict_of(Target.tcp(f"127.0.0.1:{port}")) is not None


def test_a_process_that_stops_answering_is_unhealthy_and_comes_back(stack: Stack) -> None:
    stack.start(
        {"a": "touch fine; exec sleep 60"},
        {"a": 'healthcheck = { exec = ["test", "-f", "fine"], interval = "50ms", retries = 2 }'},
    )
    assert stack.said("a is healthy")
    (stack.folder / "fine").unlink()
    assert stack.said("a is unhealthy: the check left with 1")
    (stack.folder / "fine").touch()
    assert stack.said("a is healthy", 2)
    assert eventually(lambda: stack.process.poll() is None, 0.1)
