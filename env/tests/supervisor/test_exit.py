import os
import signal
import subprocess
import sys
import time

import pytest

from env.supervisor.configuration.specification import Condition
from env.supervisor.control import client
from env.tests.supervisor.stack import Stack, free_port, kid


class TestTheFirstExitWithoutAPolicy:
    @pytest.mark.parametrize("code", [0, 3])
    def test_ends_the_run_with_its_code(self, stack: Stack, code: int) -> None:
        stack.start({"a": kid("leave", code), "b": kid("polite")})
        assert stack.code() == code
        assert not stack.survivors()

    def test_by_a_signal_is_128_and_its_number(self, stack: Stack) -> None:
        stack.start({"a": "kill -9 $$", "b": kid("polite")})
        assert stack.code() == 137

    def test_is_seen_while_a_grandchild_holds_the_pipe(self, stack: Stack) -> None:
        begin = time.monotonic()
        stack.start({"a": kid("hold_pipe", 3), "b": kid("polite")})
        assert stack.code() == 3
        assert time.monotonic() - begin < 3
        assert not stack.survivors()

    def test_shows_the_last_twenty_lines_of_the_culprit(self, stack: Stack) -> None:
        stack.start({"a": kid("leave", 3, *(f"word{n}" for n in range(30))), "b": kid("polite")})
        assert stack.code() == 3
        shown = [text.strip() for name, text in stack.lines if name == "system" and text.startswith("  word")]
        assert shown == [f"word{n}" for n in range(10, 30)]


class TestOneShots:
    def test_that_complete_leave_the_others_running(self, stack: Stack) -> None:
        stack.start({"once": kid("leave", 0), "b": kid("polite")}, {"once": 'restart = "no"'})
        assert stack.said("once completed")
        assert stack.are_ready(1)
        assert stack.process.poll() is None

    def test_that_fail_end_the_run_before_a_dependent_starts(self, stack: Stack) -> None:
        stack.start(
            {"migrate": kid("leave", 4, "relation is missing"), "api": kid("polite"), "other": kid("polite")},
            {"api": 'depends_on = { migrate = "service_completed_successfully" }'},
        )
        assert stack.code() == 4
        assert "  relation is missing" in stack.output
        assert "api started" not in stack.output
        assert not stack.survivors()

    def test_alone_end_the_run_with_0(self, stack: Stack) -> None:
        stack.start({"a": kid("leave", 0), "b": kid("leave", 0)}, dict.fromkeys("ab", 'restart = "no"'))
        assert stack.code() == 0

    def test_that_crash_are_their_own_affair(self, stack: Stack) -> None:
        stack.start({"a": kid("leave", 9, "why"), "b": kid("polite")}, {"a": 'restart = "no"'})
        assert stack.said("system |   why")
        assert stack.are_ready(1)
        found = {process["name"]: process for process in client.status(stack.state_dir)["processes"]}
        assert (found["a"]["state"], found["a"]["exit_code"]) == ("failed", 9)
        assert found["b"]["state"] == "running"

    @pytest.mark.parametrize("condition", Condition)
    def test_that_crash_while_somebody_waits_for_them_end_the_run(
        self, stack: Stack, condition: Condition
    ) -> None:
        stack.start(
            {"a": kid("leave", 9), "slow": kid("polite"), "b": kid("polite")},
            {
                "a": 'restart = "no"\nhealthcheck = { log = "never" }',
                "slow": 'healthcheck = { log = "never" }',
                "b": f'depends_on = {{ a = "{condition}", slow = "service_healthy" }}',
            },
        )
        assert stack.code() == 9
        assert "b started" not in stack.output

    def test_that_crash_after_their_dependents_have_started_end_nothing(self, stack: Stack) -> None:
        stack.start(
            {"a": "sleep 0.5; exit 9", "b": kid("polite")},
            {"a": 'restart = "no"', "b": 'depends_on = { a = "service_started" }'},
        )
        assert stack.said("a exited with code 9")
        assert client.status(stack.state_dir)["processes"][1]["state"] == "running"

    def test_that_crash_are_told_by_a_detached_start(self, stack: Stack) -> None:
        settings = 'restart = "no"\nhealthcheck = { log = "never" }'
        stack.write({"a": kid("leave", 9, "why"), "b": kid("polite")}, {"a": settings})
        done = subprocess.run(
            stack.command("--detach"), capture_output=True, text=True, env=stack.environment, timeout=30
        )
        assert done.returncode == 9
        assert "  why" in done.stderr
        assert client.status(stack.state_dir)["processes"][1]["state"] == "running"
        client.stop(stack.state_dir)
        assert not stack.survivors()

    def test_that_all_failed_end_the_run_with_the_worst_code(self, stack: Stack) -> None:
        stack.start({"a": kid("leave", 3), "b": kid("leave", 5)}, dict.fromkeys("ab", 'restart = "no"'))
        assert stack.code() == 5


class TestRestart:
    def test_after_a_crash_with_a_growing_pause(self, stack: Stack) -> None:
        stack.start({"a": kid("leave", 1), "b": kid("polite")}, {"a": 'restart = "on-failure"'})
        assert stack.said("a started", 3)
        assert "a comes back in 0." in stack.output
        assert "b stopped" not in stack.output

    def test_ends_what_the_crashed_one_left_before_it_comes_back(self, stack: Stack) -> None:
        stack.start({"a": kid("parent", "polite", "setsid", "dies")}, {"a": 'restart = "always"'})
        assert stack.said("a comes back")
        assert not stack.children()

    def test_of_the_only_process_ends_with_a_verdict_and_its_code(self, stack: Stack) -> None:
        stack.write({"a": kid("leave", 7, "why")}, {"a": 'restart = "on-failure"'})
        imports = "import sys; from env.supervisor import __main__ as m"
        imports += "; from env.supervisor.lifecycle import restart"
        program = f"{imports}; restart.FIRST_SECONDS = 0.02; sys.exit(m.main(sys.argv[1:]))"
        command = [sys.executable, "-c", program, *stack.command()[3:]]
        done = subprocess.run(command, capture_output=True, text=True, env=stack.environment)
        assert done.returncode == 7
        assert "a is in a crash loop (5 crashes in a row)" in done.stdout
        assert "system |   why" in done.stdout

    def test_not_after_success_when_only_failures_count(self, stack: Stack) -> None:
        stack.start({"a": kid("leave", 0), "b": kid("polite")}, {"a": 'restart = "on-failure"'})
        assert stack.said("a completed")
        assert stack.output.count("a started") == 1


class TestAStackThatCannotBecomeReady:
    def test_ends_with_the_reason_and_the_lines_of_the_culprit(self, stack: Stack) -> None:
        port = free_port()
        check = f'healthcheck = {{ tcp = {port}, start_period = "300ms" }}'
        stack.start({"a": kid("say", "HOME"), "b": kid("polite")}, {"a": f'{check}\nrestart = "on-failure"'})
        assert stack.code() == 1
        assert f"a is not ready after 0.3 s: 127.0.0.1:{port}: ECONNREFUSED" in stack.output
        assert "the last 2 lines of a" in stack.output
        assert not stack.survivors()

    def test_stays_up_when_it_was_ready_before(self, stack: Stack) -> None:
        stack.start({"a": kid("polite")}, {"a": 'healthcheck = { log = "ready" }\nrestart = "on-failure"'})
        assert stack.said("everything is ready")
        (pid,) = stack.children()
        os.kill(pid, signal.SIGSEGV)
        assert stack.said("a exited with code 139")
        assert stack.said("a is healthy", 2)

    def test_is_not_healthy_while_it_waits_to_come_back(self, stack: Stack) -> None:
        stack.start({"a": kid("polite")}, {"a": 'healthcheck = { log = "ready" }\nrestart = "on-failure"'})
        assert stack.said("everything is ready")
        (pid,) = stack.children()
        os.kill(pid, signal.SIGSEGV)
        assert stack.said("a comes back in")
        (process,) = client.status(stack.state_dir)["processes"]
        assert (process["state"], process["health"]) == ("backoff", None)
