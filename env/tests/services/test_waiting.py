import socket

import pytest

from env.services.places import LOOPBACK, free_port
from env.services.waiting import LONGEST_SECONDS, unreachable, wait_for


class TestWaiting:
    def test_says_each_obstacle_once(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = iter(["down", "down", "starting", "starting", None])
        wait_for("the database", lambda: next(found), lambda _: None)
        assert capsys.readouterr().err.splitlines() == [
            "waiting for the database: down",
            "waiting for the database: starting",
        ]

    def test_is_silent_when_all_is_there(self, capsys: pytest.CaptureFixture[str]) -> None:
        wait_for("the database", lambda: None)
        assert capsys.readouterr().err == ""

    def test_asks_more_and_more_seldom_up_to_a_bound(self) -> None:
        pauses: list[float] = []
        found = iter([*["down"] * 10, None])
        wait_for("the database", lambda: next(found), pauses.append)
        assert pauses == sorted(pauses)
        assert (pauses[0], pauses[-1]) == (0.1, LONGEST_SECONDS)


class TestAServer:
    def test_that_listens_is_no_obstacle(self) -> None:
        with socket.create_server((LOOPBACK, 0)) as server:
            assert unreachable(LOOPBACK, server.getsockname()[1]) is None

    def test_that_does_not_is_named(self) -> None:
        port = free_port()
        assert f"nobody answers at {LOOPBACK}:{port}" in (unreachable(LOOPBACK, port) or "")
