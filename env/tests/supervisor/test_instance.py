import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from env.supervisor.configuration.specification import Settings, Specification
from env.supervisor.control import client
from env.supervisor.instance import only_instance, read_lock, socket_path
from env.supervisor.ports.taken import is_taken, owner_of, taken_ports
from env.supervisor.problems import AlreadyRunningError, SupervisorError
from env.tests.supervisor.stack import KIDS, Stack, free_port, kid


class TestASecondRun:
    def test_says_where_the_first_is_and_leaves_it_unharmed(self, stack: Stack) -> None:
        stack.start({"a": kid("polite")})
        assert stack.are_ready(1)
        second = subprocess.run(
            stack.command(), capture_output=True, text=True, env=stack.environment, timeout=10
        )
        assert second.returncode == 1
        assert f"already running: pid {stack.process.pid}, since 20" in second.stderr
        assert str(socket_path(stack.state_dir)) in second.stderr
        assert f"env.supervisor stop --state-dir {stack.state_dir}`" in second.stderr
        assert client.status(stack.state_dir)["processes"][0]["state"] == "running"

    def test_may_begin_when_the_first_has_ended(self, tmp_path: Path) -> None:
        for run_id in ("one", "two"):
            with only_instance(tmp_path, run_id) as instance:
                assert instance.former is None

    def test_learns_what_a_killed_run_left_behind(self, tmp_path: Path) -> None:
        killed = {"pid": 1, "started": 1.0, "run": "abc", "folder": str(tmp_path)}
        (tmp_path / "supervisor.lock").write_text(json.dumps(killed))
        socket_path(tmp_path).touch()
        with only_instance(tmp_path, "def") as instance:
            assert instance.former == killed
            assert not socket_path(tmp_path).exists()
            found = read_lock(tmp_path)
            assert found is not None
            assert found["run"] == "def"
            with pytest.raises(AlreadyRunningError), only_instance(tmp_path, "ghi"):
                pass

    def test_in_a_copy_of_the_checkout_leaves_the_first_unharmed(self, stack: Stack, tmp_path: Path) -> None:
        stack.start({"a": kid("polite")}, {"a": 'healthcheck = { log = "ready" }'})
        assert stack.said("everything is ready")
        before = stack.children()
        copy = Stack(tmp_path / "copy")
        (copy.folder / ".dev").mkdir(parents=True)
        shutil.copy(stack.state_dir / "supervisor.lock", copy.state_dir)
        try:
            copy.start({"b": kid("polite")}, {"b": 'healthcheck = { log = "ready" }'})
            assert copy.said("everything is ready")
            assert stack.children() == before
        finally:
            copy.clear()

    def test_is_not_confused_by_a_damaged_lock_file(self, tmp_path: Path) -> None:
        (tmp_path / "supervisor.lock").write_text("{")
        with only_instance(tmp_path, "abc") as instance:
            assert instance.former is None


def test_a_state_folder_that_cannot_be_written_is_named_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    reason = r"file/\.dev: cannot be written: .*\n +-> run as the user"
    with pytest.raises(SupervisorError, match=reason), only_instance(tmp_path / "file" / ".dev", "abc"):
        pass


@contextmanager
def connection_outwards(port: int) -> Iterator[socket.socket]:
    """From that port, and gone without a trace once it is closed."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client_side:
        client_side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client_side.bind(("127.0.0.1", port))
        client_side.connect(server.getsockname())
        yield client_side


def test_a_checkout_deep_down_gets_a_short_socket_address(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    assert len(os.fsencode(socket_path(deep))) <= 100
    assert socket_path(deep) == socket_path(deep) != socket_path(deep / "f")


class TestPorts:
    def test_that_are_taken_stop_the_run_before_anything_is_started(self, stack: Stack) -> None:
        port = free_port()
        stranger = subprocess.Popen(
            [sys.executable, "-S", str(KIDS), "listen", str(port)], stdout=subprocess.PIPE
        )
        assert stranger.stdout
        stranger.stdout.readline()
        try:
            stack.start({"a": "touch started; sleep 60", "b": kid("polite")}, {"b": f"ports = [{port}]"})
            assert stack.code() == 1
            assert (
                f"b: port {port} is taken by pid {stranger.pid}, {sys.executable} -S {KIDS} listen"
                in stack.output
            )
            assert "started 20" in stack.output
            assert f"kill {stranger.pid}" in stack.output
            assert "or run beside it with --ports auto" in stack.output
            assert not (stack.folder / "started").exists()
        finally:
            stranger.kill()
            stranger.communicate()

    def test_a_process_of_another_checkout_is_named_with_where_to_stop_it(
        self, stack: Stack, tmp_path: Path
    ) -> None:
        port = free_port()
        other = Stack(tmp_path / "other checkout")
        other.folder.mkdir()
        try:
            other.start({"db": kid("listen", port)})
            assert other.are_ready(1)
            stack.start({"b": kid("polite")}, {"b": f"ports = [{port}]"})
            assert stack.code() == 1
            assert f"in {other.folder}: 'db' of another run" in stack.output
            assert f"invoke stop in {other.folder}, or kill " in stack.output
            assert "or run beside it with --ports auto" in stack.output
        finally:
            other.clear()

    def test_several_conflicts_are_told_at_once(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
            ports = [server.getsockname()[1] for server in (one, two)]
            problems = list(taken_ports([Specification("a", "x", Settings(ports=tuple(ports)))]))
        starts = [f"port {port} is taken by pid {os.getpid()}, " for port in ports]
        assert all(p.what.startswith(start) for p, start in zip(problems, starts, strict=True))

    def test_the_owner_is_described(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            owner = owner_of(server.getsockname()[1])
        assert owner is not None
        assert owner.pid == os.getpid()
        assert owner.process is None

    def test_the_words_that_an_owner_has_cleared_are_left_out(self) -> None:
        program = "import socket, time; s = socket.create_server(('127.0.0.1', 0))"
        show = "print(s.getsockname()[1], flush=True); time.sleep(60)"
        command = [sys.executable, "-c", f"{program}; {show}", "", ""]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stranger:
            assert stranger.stdout
            owner = owner_of(int(stranger.stdout.readline()))
            stranger.kill()
        assert owner is not None
        assert not owner.command.endswith("''")

    def test_a_listener_on_every_address_counts(self) -> None:
        with socket.create_server(("", 0)) as server:
            assert is_taken(server.getsockname()[1])

    def test_a_listener_that_a_browser_would_reach_by_the_name_localhost_counts(self) -> None:
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
            assert is_taken(server.getsockname()[1])

    def test_a_free_one_is_free(self) -> None:
        port = free_port()
        assert not is_taken(port)
        assert not list(taken_ports([Specification("a", "x", Settings(ports=(port,)))]))

    def test_the_trace_of_a_finished_connection_does_not_count(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port)):
                server.accept()[0].close()  # this side waits in TIME_WAIT
        assert not is_taken(port)

    @pytest.mark.parametrize("is_accepted", [True, False])
    def test_connections_that_a_server_left_behind_do_not_count(self, is_accepted: bool) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
            left = [server.accept()[0] for _ in clients if is_accepted]
            if left:
                left[0].close()  # this one waits in FIN_WAIT2, the others stay
        assert not is_taken(port)
        for connection in (*clients, *left):
            connection.close()

    def test_a_connection_outwards_that_is_closed_is_called_so(self) -> None:
        port = free_port()
        with socket.create_server(("127.0.0.1", 0)) as server:
            outwards = socket.create_connection(server.getsockname(), source_address=("127.0.0.1", port))
            outwards.close()  # this side waits in FIN_WAIT2, then in TIME_WAIT
            server.accept()[0].close()
        (problem,) = taken_ports([Specification("a", "x", Settings(ports=(port,)))])
        assert problem.what == f"port {port} is held by a connection that is closed already"
        assert "within a minute" in problem.hint

    def test_a_connection_outwards_that_passes_does_not_count(self) -> None:
        port = free_port()
        with connection_outwards(port) as passing:
            assert is_taken(port)
            threading.Timer(0.1, passing.close).start()
            assert not list(taken_ports([Specification("a", "x", Settings(ports=(port,)))]))

    def test_a_connection_outwards_that_stays_is_not_blamed_on_another_user_alone(self) -> None:
        port = free_port()
        with connection_outwards(port):
            (problem,) = taken_ports([Specification("a", "x", Settings(ports=(port,)))])
        assert problem.what.startswith(f"port {port} is taken by a connection of pid {os.getpid()}, ")
        assert f"ss -tanp 'sport = :{port}'" in problem.hint

    def test_our_own_orphan_is_ended_by_the_next_run(self, stack: Stack) -> None:
        port = free_port()
        stack.start(
            {"a": kid("parent", "polite", "setsid"), "b": kid("listen", port)}, {"b": f"ports = [{port}]"}
        )
        assert stack.are_ready(3)
        stack.process.kill()
        stack.code()
        stack.launch()
        assert stack.are_ready(3)
        assert len(stack.children()) == 3
