import pytest
from structlog.testing import capture_logs

from backend.workers.duty import Duty


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class TestDuty:
    def test_runs_when_it_is_due(self) -> None:
        clock, runs = Clock(), []
        duty = Duty("count", lambda: runs.append(clock.now), 5, clock)
        for clock.now in range(11):
            duty.run_if_due()
        assert runs == [0, 5, 10]

    def test_outage_is_reported_once_and_its_end_once(self) -> None:
        clock, is_away = Clock(), True

        def work() -> None:
            if is_away:
                raise ConnectionRefusedError("nobody there\nsecond line")

        duty = Duty("post", work, 1, clock)
        with capture_logs() as lines:
            for clock.now in range(30):
                duty.run_if_due()
            is_away = False
            clock.now = 100.0
            duty.run_if_due()
        assert [line["log_level"] for line in lines] == ["warning", "info"]
        assert lines[0]["reason"] == "nobody there"

    def test_pauses_grow_to_ten_seconds(self) -> None:
        clock, runs = Clock(), []

        def work() -> None:
            runs.append(clock.now)
            raise OSError

        duty = Duty("post", work, 0, clock)
        for tick in range(60):
            clock.now = float(tick)
            duty.run_if_due()
        assert runs == [0, 1, 3, 7, 15, 25, 35, 45, 55]

    def test_mistake_in_the_program_is_not_an_outage(self) -> None:
        def work() -> None:
            raise TypeError

        with pytest.raises(TypeError):
            Duty("post", work, 1).run_if_due()
