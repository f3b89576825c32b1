"""What runs on Windows and is not its kernel's: whole stacks over threads and sockets, with real children."""

import signal
import sys
import time

import pytest

from env.supervisor.control import client
from env.supervisor.windows.children import exit_code
from env.tests.supervisor.stack import Stack, free_port, kid

DRIVER = "env.tests.supervisor.threaded"


def launch(stack: Stack, processes: dict[str, str], settings: dict[str, str] | None = None) -> None:
    stack.write(processes, settings or {})
    stack.launch(command=[sys.executable, "-m", DRIVER, str(stack.folder)])


class TestAStack:
    def test_ends_with_the_signal_and_leaves_nobody(self, stack: Stack) -> None:
        launch(stack, {"a": kid("polite"), "b": kid("parent", "polite")})
        assert stack.are_ready(3)
        stack.send(signal.SIGINT)
        assert stack.code() == 130
        assert not stack.survivors()

    def test_kills_at_the_deadline(self, stack: Stack) -> None:
        grace = 'stop_grace_period = "0.3s"'
        launch(stack, {"a": kid("stubborn"), "b": kid("parent", "stubborn")}, {"a": grace, "b": grace})
        assert stack.are_ready(3)
        begin = time.monotonic()
        stack.send(signal.SIGTERM)
        assert stack.code() == 143
        assert time.monotonic() - begin < 5
        assert not stack.survivors()

    def test_ends_with_the_code_and_the_last_lines_of_the_culprit(self, stack: Stack) -> None:
        launch(stack, {"a": kid("polite"), "b": kid("leave", 7, "one", "two")})
        assert stack.code() == 7
        assert "the last 2 lines of b" in stack.output
        assert not stack.survivors()

    def test_sees_an_end_while_a_grandchild_holds_the_pipe(self, stack: Stack) -> None:
        launch(stack, {"a": kid("hold_pipe", 3)}, {"a": 'stop_grace_period = "0.3s"'})
        assert stack.code(5) == 3
        assert not stack.survivors()

    def test_tells_a_program_that_is_not_there(self, stack: Stack) -> None:
        launch(stack, {"a": "no-such-program"})
        assert stack.code() == 127
        assert "no-such-program" in stack.output


class TestOutput:
    def test_of_a_flood_is_whole_and_in_order(self, stack: Stack) -> None:
        names, lines = ("a", "b"), 10_000
        launch(
            stack,
            {name: kid("flood", name, lines) for name in names},
            dict.fromkeys(names, 'restart = "no"'),
        )
        assert stack.code(60) == 0
        for name in names:
            said = [text.split() for process, text in stack.lines if process == name]
            assert said == [[name, f"{n:08d}", *(["x" * (n % 97)] if n % 97 else [])] for n in range(lines)]

    def test_without_a_last_newline_is_shown(self, stack: Stack) -> None:
        launch(stack, {"a": "printf unfinished"})
        assert stack.code() == 0
        assert ("a", "unfinished") in stack.lines


class TestHealthchecks:
    def test_over_the_network_let_a_dependent_go(self, stack: Stack) -> None:
        port = free_port()
        launch(
            stack,
            {"api": kid("listen", port, 0.2), "web": kid("polite")},
            {
                "api": f'ports = [{port}]\nhealthcheck = {{ tcp = "127.0.0.1:{port}" }}',
                "web": 'depends_on = { api = "service_healthy" }',
            },
        )
        assert stack.said("everything is ready")
        assert stack.output.index("api is healthy") < stack.output.index("web started")
        stack.send(signal.SIGTERM)
        assert stack.code() == 143

    def test_by_a_program_end_with_it(self, stack: Stack) -> None:
        (stack.folder / "check").write_text("test -e ready\n")
        launch(
            stack,
            {"api": f"sleep 0.2; touch ready; {kid('polite')}"},
            {"api": 'healthcheck = { exec = ["/bin/sh", "check"] }'},
        )
        assert stack.said("api is healthy")
        stack.send(signal.SIGTERM)
        assert stack.code() == 143

    def test_that_hang_are_killed(self, stack: Stack) -> None:
        check = 'healthcheck = { exec = ["sleep", "60"], timeout = "0.2s", start_period = "0.5s" }'
        launch(stack, {"api": kid("polite")}, {"api": check})
        assert stack.code() == 1
        assert "took longer than 0.2 s" in stack.output
        assert not stack.survivors()


class TestTheInputOfAChild:
    def test_comes_from_attach(self, stack: Stack) -> None:
        launch(stack, {"a": "read -r line; echo got $line"}, {"a": 'stdin_open = true\nrestart = "always"'})
        assert stack.said("everything is ready")
        with client.connect(stack.state_dir, 10) as connection:
            connection.sendall(b'{"command": "attach", "name": "a"}\n{"input": "hello\\n"}\n')
            assert stack.said("got hello")
        stack.send(signal.SIGTERM)
        assert stack.code() == 143


def test_a_restart_begins_a_new_life(stack: Stack) -> None:
    launch(stack, {"a": kid("polite"), "b": kid("polite")})
    assert stack.are_ready(2)
    before = {process["name"]: process["pid"] for process in client.status(stack.state_dir)["processes"]}
    assert client.restart(stack.state_dir, "a")["pid"] != before["a"]
    assert stack.are_ready(3)
    client.stop(stack.state_dir)
    assert stack.code() == 0
    assert not stack.survivors()


@pytest.mark.parametrize(("code", "shown"), [(0, 0), (3, 3), (-9, 137), (0xC000013A, 130)])
def test_exit_codes_are_those_of_a_shell(code: int, shown: int) -> None:
    assert exit_code(code) == shown
