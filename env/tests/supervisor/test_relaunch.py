"""`--detach` where nobody can fork."""

import signal
import sys

from env.supervisor.control import client
from env.supervisor.windows.relaunch import _MARK
from env.tests.supervisor.stack import Stack, eventually, kid

DRIVER = "env.tests.supervisor.relaunched"
_NEVER_READY = 'healthcheck = { file = "never" }'


def launch(stack: Stack, processes: dict[str, str], settings: dict[str, str] | None = None) -> None:
    stack.write(processes, settings or {})
    stack.launch(command=[sys.executable, "-m", DRIVER, str(stack.folder)])


class TestAStartInTheBackground:
    def test_returns_when_everything_is_ready_and_leaves_it_running(self, stack: Stack) -> None:
        launch(stack, {"a": kid("say", _MARK)})
        assert stack.code() == 0
        assert client.status(stack.state_dir)["is_ready"]
        client.stop(stack.state_dir)
        assert "unset" in (stack.state_dir / "logs" / "a.log").read_text()
        assert eventually(lambda: not stack.survivors())

    def test_tells_what_failed(self, stack: Stack) -> None:
        launch(stack, {"a": kid("leave", 5, "no disk")}, {"a": _NEVER_READY})
        assert stack.code() == 5
        assert "no disk" in stack.output
        assert not stack.survivors()

    def test_does_not_take_a_run_before_it_for_its_own(self, stack: Stack) -> None:
        launch(stack, {"a": kid("polite")})
        assert stack.code() == 0
        launch(stack, {"a": kid("polite")})
        assert stack.code() == 1
        assert "already running" in stack.output
        client.stop(stack.state_dir)

    def test_ends_with_a_ctrl_c(self, stack: Stack) -> None:
        launch(stack, {"a": kid("polite")}, {"a": _NEVER_READY})
        log = stack.state_dir / "logs" / "a.log"
        assert eventually(lambda: log.exists() and "ready" in log.read_text())
        stack.send(signal.SIGINT)
        assert stack.code() == 130
        assert not stack.survivors()
