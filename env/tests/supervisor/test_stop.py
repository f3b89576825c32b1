import os
import pty
import signal
import subprocess
import time

import pytest

from env.supervisor.lifecycle.engine import ECHO_SECONDS
from env.supervisor.processes.guard import SHORTEST_LIFE_SECONDS
from env.tests.supervisor.stack import Stack, eventually, kid

STOPS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGQUIT: 131}
SHORT = 'stop_grace_period = "400ms"'

TREES = {
    "polite": kid("polite"),
    "stubborn": kid("stubborn"),
    "grandchild": kid("parent", "polite"),
    "stubborn grandchild": kid("parent", "stubborn"),
    "grandchild in its own session": kid("parent", "polite", "setsid"),
    "stubborn grandchild in its own session": kid("parent", "stubborn", "setsid"),
    "daemon": kid("parent", "polite", "daemon"),
    "stubborn daemon": kid("parent", "stubborn", "daemon"),
    "shell pipeline": f"{kid('polite')} | cat",
}


class TestNothingIsLeft:
    @pytest.mark.parametrize("tree", TREES)
    def test_of_a_tree_after_sigterm(self, stack: Stack, tree: str) -> None:
        stack.start({"tree": TREES[tree], "other": kid("polite")}, {"tree": SHORT})
        expected = 3 if "parent" in TREES[tree] else 2
        assert stack.are_ready(expected)
        stack.send(signal.SIGTERM)
        assert stack.code() == 143
        assert not stack.survivors()

    @pytest.mark.parametrize("number", STOPS)
    def test_after_any_stop_signal_and_the_code_names_it(self, stack: Stack, number: signal.Signals) -> None:
        stack.start({"a": kid("polite"), "b": kid("parent", "polite", "daemon")})
        assert stack.are_ready(3)
        stack.send(number)
        assert stack.code() == STOPS[number]
        assert not stack.survivors()

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
    def test_of_one_that_is_another_process_every_10_ms(self, stack: Stack, number: signal.Signals) -> None:
        stack.start({"a": kid("parent", "hop")}, {"a": SHORT})
        assert stack.are_ready(2)
        assert all(len(stack.survivors()) > 3 for _ in range(20))  # it never falls between two looks
        stack.send(number)
        assert stack.code() in {143, -9}
        assert eventually(lambda: not stack.survivors())
        assert not stack.survivors()

    def test_of_a_stopped_process(self, stack: Stack) -> None:
        stack.start({"a": kid("polite")})
        assert stack.are_ready(1)
        (pid,) = stack.children()
        subprocess.run(["kill", "-STOP", str(pid)], check=True)
        stack.send(signal.SIGTERM)
        assert stack.code(3) == 143
        assert not stack.survivors()

    def test_when_the_supervisor_itself_was_stopped(self, stack: Stack) -> None:
        stack.start({"a": kid("polite"), "b": kid("stubborn")}, {"b": SHORT})
        assert stack.are_ready(2)
        stack.send(signal.SIGSTOP)
        stack.send(signal.SIGTERM)
        time.sleep(0.2)
        assert stack.process.poll() is None
        stack.send(signal.SIGCONT)
        assert stack.code() == 143
        assert not stack.survivors()

    def test_when_it_is_stopped_for_longer_than_the_grace(self, stack: Stack) -> None:
        stack.start({"a": kid("stubborn")}, {"a": 'stop_grace_period = "1s"'})
        assert stack.are_ready(1)
        stack.send(signal.SIGTERM)
        assert stack.said("stopping all")
        stack.send(signal.SIGSTOP)
        time.sleep(1.2)
        stack.send(signal.SIGCONT)
        assert stack.code(5) == 143
        assert not stack.survivors()

    @pytest.mark.parametrize("delay", [0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15])
    def test_when_the_signal_comes_during_the_start(self, stack: Stack, delay: float) -> None:
        stack.start({f"p{n}": kid("polite") for n in range(5)})
        time.sleep(delay)
        stack.send(signal.SIGTERM)
        assert stack.code(5) in {143, -signal.SIGTERM}
        assert eventually(lambda: not stack.survivors(), 1)

    def test_when_the_reader_of_its_output_goes_away(self, stack: Stack) -> None:
        stack.start({"a": kid("polite")})  # writes the files
        stack.send(signal.SIGTERM)
        stack.code()
        (stack.folder / "Procfile").write_text(
            f"a: while sleep 0.05; do echo tick; done\nb: {kid('polite')}\n"
        )
        pipe = subprocess.Popen(stack.command(), stdout=subprocess.PIPE, env=stack.environment)
        assert pipe.stdout
        pipe.stdout.readline()
        pipe.stdout.close()
        assert pipe.wait(5) == 141
        assert not stack.survivors()

    def test_when_standard_output_is_closed_from_the_start(self, stack: Stack) -> None:
        stack.start({"a": kid("leave", 5)})
        assert stack.code() == 5
        closed = subprocess.run(
            ["/bin/sh", "-c", 'exec "$@" >&- <&-', "sh", *stack.command()], env=stack.environment
        )
        assert closed.returncode == 5
        assert not stack.survivors()

    def test_when_the_terminal_is_closed(self, stack: Stack) -> None:
        stack.start({"a": kid("parent", "polite", "daemon")})
        assert stack.are_ready(2)
        stack.send(signal.SIGTERM)
        stack.code()
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(stack.command()[0], stack.command(), stack.environment)  # noqa: S606
        output = b""
        while output.count(b"ready\r\n") < 3:  # the stack and both processes
            output += os.read(terminal, 4096)
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) in {129, 141}
        assert not stack.survivors()

    def test_but_nohup_outlives_its_terminal(self, stack: Stack) -> None:
        stack.write({"a": kid("polite")}, {})
        command = ["/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh", *stack.command()]
        stack.launch(command=command)
        assert stack.are_ready(1)
        stack.send(signal.SIGHUP)
        stack.send(signal.SIGTERM)
        assert stack.code() == 143


class TestGrace:
    def test_stubborn_ones_end_in_parallel(self, stack: Stack) -> None:
        names = "abcdefg"
        stack.start(
            {name: kid("stubborn") for name in names}, dict.fromkeys(names, 'stop_grace_period = "1s"')
        )
        assert stack.are_ready(len(names))
        begin = time.monotonic()
        stack.send(signal.SIGTERM)
        assert stack.code() == 143
        assert 1 <= time.monotonic() - begin < 5
        assert not stack.survivors()

    def test_a_second_signal_kills_at_once(self, stack: Stack) -> None:
        stack.start({"a": kid("stubborn")}, {"a": 'stop_grace_period = "30s"'})
        assert stack.are_ready(1)
        stack.send(signal.SIGINT)
        assert stack.said("stopping all")
        time.sleep(2 * ECHO_SECONDS)
        stack.send(signal.SIGINT)
        assert stack.code(3) == 130
        assert "cannot end" not in stack.output
        assert not stack.survivors()

    @pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGHUP])
    def test_an_echo_of_a_signal_is_no_second_wish(self, stack: Stack, second: signal.Signals) -> None:
        """As when a wrapper passes on a Ctrl-C; and a terminal that closes tells us through its shell too."""
        stack.start({"a": kid("grateful", "0.5")})
        assert stack.are_ready(1)
        stack.send(signal.SIGHUP if second is signal.SIGHUP else signal.SIGINT)
        if second is signal.SIGHUP:
            assert stack.said("stopping all")
            time.sleep(2 * ECHO_SECONDS)
        stack.send(second)
        stack.code()
        assert "finished" in stack.output

    def test_only_the_leader_is_told_so_that_its_pool_finishes_the_task(self, stack: Stack) -> None:
        stack.start({"worker": kid("pool")})
        assert stack.are_ready(1)
        stack.send(signal.SIGINT)
        assert stack.code() == 130
        assert "task done" in stack.output
        assert "task code 0" in stack.output

    def test_the_stop_signal_is_the_manifests(self, stack: Stack) -> None:
        stack.start({"a": kid("stubborn")}, {"a": 'stop_signal = "SIGUSR1"'})
        assert stack.are_ready(1)
        stack.send(signal.SIGTERM)
        assert stack.code(3) == 143
        assert "a stopped by SIGUSR1" in stack.output

    def test_dependents_end_before_what_they_depend_on(self, stack: Stack) -> None:
        stack.start(
            {"database": kid("polite"), "migrate": "exit 0", "worker": kid("grateful", "0.4")},
            {
                "worker": 'depends_on = { migrate = "service_completed_successfully" }',
                "migrate": 'depends_on = { database = "service_started" }',
            },
        )
        assert stack.are_ready(2)
        stack.send(signal.SIGTERM)
        assert stack.code() == 143
        order = [text.split()[0] for name, text in stack.lines if name == "system" and "stopped" in text]
        assert order == ["worker", "database"]
        assert ("worker", "finished") in stack.lines

    def test_a_slow_dependent_does_not_lengthen_the_longest_grace(self, stack: Stack) -> None:
        grace = 'stop_grace_period = "3s"'
        settings = {"worker": f'depends_on = ["database"]\n{grace}', "database": grace}
        stack.start({"database": kid("stubborn"), "worker": kid("stubborn")}, settings)
        assert stack.are_ready(2)
        begin = time.monotonic()
        stack.send(signal.SIGTERM)
        assert stack.code() == 143
        assert time.monotonic() - begin < 5.5
        assert not stack.survivors()


class TestWhenTheSupervisorIsKilled:
    def test_its_children_end_too(self, stack: Stack) -> None:
        stack.start({"a": kid("polite"), "b": kid("polite")})
        assert stack.are_ready(2)
        stack.send(signal.SIGKILL)
        stack.code()
        assert eventually(lambda: not stack.survivors(), 3)

    @pytest.mark.parametrize("tree", [tree for tree in TREES if tree != "shell pipeline"])
    def test_nothing_of_a_tree_is_left(self, stack: Stack, tree: str) -> None:
        stack.start({"tree": TREES[tree]}, {"tree": SHORT})
        assert stack.are_ready(2 if "parent" in TREES[tree] else 1)
        stack.send(signal.SIGKILL)
        stack.code()
        assert eventually(lambda: not stack.survivors(), 8)

    def test_nothing_is_left_although_its_guard_was_killed_before(self, stack: Stack) -> None:
        stack.start({"a": kid("parent", "stubborn", "daemon")}, {"a": SHORT})
        assert stack.are_ready(2)
        time.sleep(SHORTEST_LIFE_SECONDS)
        (guard,) = stack.survivors() - stack.children() - {stack.process.pid}
        os.kill(guard, signal.SIGKILL)
        assert eventually(lambda: len(stack.survivors() - {guard}) == 4)
        stack.send(signal.SIGKILL)
        stack.code()
        assert eventually(lambda: not stack.survivors())

    def test_the_next_run_ends_what_was_left_and_replaces_the_socket(self, stack: Stack) -> None:
        stack.start({"a": kid("parent", "polite", "daemon")})
        assert stack.are_ready(2)
        stack.send(signal.SIGKILL)
        stack.code()
        left = stack.survivors()
        stack.launch()
        assert stack.are_ready(2)
        assert not left & stack.survivors()
        stack.send(signal.SIGTERM)
        assert stack.code() == 143
        assert not stack.survivors()
