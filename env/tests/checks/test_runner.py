import io
import json
import time
from dataclasses import dataclass, field

import pytest

from env.checks import runner
from env.checks.result import Result, fail, ok, warn
from env.checks.runner import CHECKS, exit_code, main, run_checks


@dataclass
class Made:
    """A check with a known end."""

    result: Result = field(default_factory=lambda: ok("fine"))
    NAME: str = "made"
    seconds: float = 0.0

    def run(self) -> Result:
        time.sleep(self.seconds)
        return self.result


class Crashing:
    NAME = "crashing"

    def run(self) -> Result:
        raise ZeroDivisionError("by zero")


class TestTheExitCode:
    def test_is_zero_when_all_is_fine_or_worth_a_warning(self) -> None:
        assert exit_code(list(run_checks([Made(), Made(warn("old", "renew"))]))) == 0

    def test_is_one_when_a_problem_was_found(self) -> None:
        assert exit_code(list(run_checks([Made(), Made(fail("gone", "fetch"))]))) == 1

    def test_is_two_when_a_check_could_not_run(self) -> None:
        reports = list(run_checks([Made(fail("gone", "fetch")), Crashing()]))
        assert exit_code(reports) == 2
        assert reports[1].result.message == "could not run: ZeroDivisionError: by zero"

    @pytest.mark.parametrize("written", ["env files", "env-files", "env_files", " env-files "])
    def test_takes_a_name_without_its_blank(self, written: str) -> None:
        output = io.StringIO()
        main(["--json", "--only", written], output)
        assert [check["name"] for check in json.loads(output.getvalue())["checks"]] == ["env files"]

    def test_is_two_for_a_check_that_nobody_knows(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--only", "moon"]) == 2
        assert "no check is named moon; there are: python, node" in capsys.readouterr().err


class TestTheOutput:
    @pytest.fixture
    def printed(self, monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
        monkeypatch.setattr(runner, "CHECKS", (Made(fail("gone", "fetch it", ("and more",))), Made()))
        return io.StringIO()

    def test_is_a_line_each_and_then_the_mend(self, printed: io.StringIO) -> None:
        assert main([], printed) == 1
        assert [line.strip() for line in printed.getvalue().splitlines()] == [
            "fail  made       gone",
            "and more",
            "fix: fetch it",
            "ok    made       fine",
        ]

    def test_can_be_one_json_object(self, printed: io.StringIO) -> None:
        assert main(["--json"], printed) == 1
        told = json.loads(printed.getvalue())
        assert (told["version"], told["exit_code"]) == (1, 1)
        assert [check["status"] for check in told["checks"]] == ["fail", "ok"]
        assert set(told["checks"][0]) == {"name", "status", "message", "fix", "details", "seconds"}

    def test_is_plain_when_it_is_no_terminal(self, printed: io.StringIO) -> None:
        main([], printed)
        assert "\x1b" not in printed.getvalue()


class TestTheRun:
    def test_is_parallel_and_keeps_the_order(self) -> None:
        checks = [Made(ok(str(number)), seconds=0.3 - number / 20) for number in range(5)]
        started = time.perf_counter()
        reports = list(run_checks(checks))
        assert time.perf_counter() - started < 1.0
        assert [report.result.message for report in reports] == ["0", "1", "2", "3", "4"]

    def test_of_everything_ends_without_a_crash(self) -> None:
        assert [report.name for report in run_checks() if report.crashed] == []

    def test_knows_each_check_by_a_name_of_its_own(self) -> None:
        names = [check.NAME for check in CHECKS]
        assert len(set(names)) == len(names)
