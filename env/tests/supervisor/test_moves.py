import pytest

from env.supervisor.configuration.specification import Check, Healthcheck, Settings, Specification
from env.supervisor.ports.moves import moved, moved_plan
from env.supervisor.problems import ConfigurationError

PORTS = {8000: 20001, 3000: 20002, 80: 20003, 54322: 20004}


def one(value: str) -> str:
    return moved({"A": value}, PORTS)["A"]


class TestValues:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("http://127.0.0.1:8000", "http://127.0.0.1:20001"),
            ("http://localhost:8000/x?y=1#z", "http://localhost:20001/x?y=1#z"),
            ("http://LocalHost:8000", "http://LocalHost:20001"),
            ("http://[::1]:8000/", "http://[::1]:20001/"),
            ("127.0.0.1:8000,localhost:3000", "127.0.0.1:20001,localhost:20002"),
            (
                '["http://localhost:3000", "http://localhost:80"]',
                '["http://localhost:20002", "http://localhost:20003"]',
            ),
            ("redis://:s3cret@127.0.0.1:8000/0", "redis://:s3cret@127.0.0.1:20001/0"),
            ("postgresql://u:p%40w@localhost:54322/db", "postgresql://u:p%40w@localhost:20004/db"),
            (
                "/login?next=http%3A%2F%2F127.0.0.1%3A8000%2Fx",
                "/login?next=http%3A%2F%2F127.0.0.1%3A20001%2Fx",
            ),
            ("next=http%3a%2f%2f%5b%3a%3a1%5d%3a8000", "next=http%3a%2f%2f%5b%3a%3a1%5d%3a20001"),
            ("a=127.0.0.1:8000 b=127.0.0.1:80", "a=127.0.0.1:20001 b=127.0.0.1:20003"),
            ("http:\\/\\/localhost:3000", "http:\\/\\/localhost:20002"),
            ("host=localhost port=54322 dbname=x", "host=localhost port=20004 dbname=x"),
            ("port = '54322' host = '127.0.0.1'", "port = '20004' host = '127.0.0.1'"),
            ("hostaddr=::1 port=80", "hostaddr=::1 port=20003"),
            ("Host=LocalHost;Port=54322;", "Host=LocalHost;Port=20004;"),
            ("postgresql:///x?host=localhost&port=54322", "postgresql:///x?host=localhost&port=20004"),
        ],
    )
    def test_a_loopback_address_moves_wherever_it_stands(self, value: str, expected: str) -> None:
        assert one(value) == expected

    @pytest.mark.parametrize(
        "value",
        [
            "http://127.0.0.1:80000",
            "http://127.0.0.1:543220",
            "http://127.0.0.1:8001",
            "http://127.0.0.1",
            "http://example.com:8000",
            "http://notlocalhost:8000",
            "http://api.localhost:8000",
            "http://10.127.0.0.1:8000",
            "http://localhost.example.com:8000",
            "http://127.0.0.10:8000",
            "8000",
            "host=db port=8000",
            "host=localhost host=db port=8000",
            "host=localhost.example.com port=8000",
            "host=localhost port=80000 export=8000 sport=8000",
            "port=8000",
            "host=/run/postgresql port=8000",
            "localhost:",
            "",
            "127.0.0.1:" + "8" * 10_000,
        ],
    )
    def test_everything_else_stays(self, value: str) -> None:
        assert one(value) == value

    def test_new_numbers_are_not_moved_again(self) -> None:
        assert moved({"A": "localhost:1 localhost:2"}, {1: 2, 2: 1}) == {"A": "localhost:2 localhost:1"}

    def test_names_stay_and_all_of_them_come_back(self) -> None:
        assert moved({"localhost:8000": "x", "B": ""}, PORTS) == {"localhost:8000": "x", "B": ""}


class TestPlan:
    @pytest.mark.parametrize(
        ("check", "target"),
        [
            (Healthcheck(Check.TCP, "127.0.0.1:8000"), "127.0.0.1:20001"),
            (Healthcheck(Check.TCP, "::1:8000"), "::1:20001"),
            (Healthcheck(Check.TCP, "db:8000"), "db:8000"),
            (Healthcheck(Check.HTTP, "http://127.0.0.1:8000/x"), "http://127.0.0.1:20001/x"),
            (Healthcheck(Check.HTTP, "http://[::1]:80/"), "http://[::1]:20003/"),
            (Healthcheck(Check.HTTP, "http://db:80/?a=localhost:80"), "http://db:80/?a=localhost:80"),
            (Healthcheck(Check.LOG, "localhost:8000"), "localhost:8000"),
            (Healthcheck(Check.EXEC, ("pg_isready", "-p", "54322")), ("pg_isready", "-p", "20004")),
            (Healthcheck(Check.EXEC, ("curl", "http://localhost:80/")), ("curl", "http://localhost:20003/")),
        ],
    )
    def test_checks_follow(self, check: Healthcheck, target: str | tuple[str, ...]) -> None:
        (spec,) = moved_plan([Specification("a", "x", Settings(healthcheck=check))], PORTS)
        assert spec.settings.healthcheck == check._replace(target=target)

    def test_ports_and_their_variables_move(self) -> None:
        settings = Settings(ports=(8000, 9), port_variables={"API_PORT": 8000})
        (spec,) = moved_plan([Specification("a", "x --port $API_PORT", settings)], PORTS)
        assert spec.settings == Settings(ports=(20001, 9), port_variables={"API_PORT": 20001})

    def test_an_address_in_a_command_moves(self) -> None:
        (spec,) = moved_plan([Specification("a", "gunicorn --bind 127.0.0.1:8000 app")], PORTS)
        assert spec.command == "gunicorn --bind 127.0.0.1:20001 app"

    @pytest.mark.parametrize("command", ["uvicorn --port 8000", "serve -p=8000", "A_PORT=8000 serve"])
    def test_a_command_with_the_number_in_it_is_refused_with_a_way_out(self, command: str) -> None:
        with pytest.raises(ConfigurationError) as caught:
            moved_plan([Specification("api.2", command)], PORTS)
        (problem,) = caught.value.problems
        assert problem.where == "api"
        assert "port 8000" in problem.what
        assert "$PORT" in problem.hint

    def test_other_numbers_in_a_command_are_fine(self) -> None:
        plan = [Specification("a", "x --port 80001 --at 1.80 v8000 " + "8" * 5000)]
        assert moved_plan(plan, PORTS) == plan
