import signal

import pytest

from env.supervisor.configuration.manifest import parse_manifest
from env.supervisor.configuration.specification import Check, Condition, Healthcheck, Restart, Settings

FULL = """
[tool.pixcrawler.processes.auth]
ports = { GOTRUE_PORT = 54321, ADMIN_PORT = 54322 }
depends_on = { migrate = "service_completed_successfully", mailbox = "service_started" }
healthcheck = { http = "http://127.0.0.1:54321/auth/v1/health", start_period = "1m30s", retries = 5 }
restart = "on-failure"
stop_grace_period = "500ms"
stop_signal = "SIGINT"
profiles = ["demo"]
env_file = [".env", "backend/.env"]
watch = ["backend"]
scale = 2
stdin_open = true
"""


def one(body: str) -> Settings:
    settings, problems = parse_manifest(f"[tool.pixcrawler.processes.a]\n{body}\n")
    assert not problems
    return settings["a"]


def test_every_word_of_compose_is_understood() -> None:
    settings, problems = parse_manifest(FULL)
    assert not problems
    assert settings["auth"] == Settings(
        ports=(54321, 54322),
        port_variables={"GOTRUE_PORT": 54321, "ADMIN_PORT": 54322},
        depends_on={"migrate": Condition.COMPLETED, "mailbox": Condition.STARTED},
        healthcheck=Healthcheck(
            Check.HTTP, "http://127.0.0.1:54321/auth/v1/health", start_period_seconds=90.0, retries=5
        ),
        restart=Restart.ON_FAILURE,
        stop_grace_seconds=0.5,
        stop_signal=signal.SIGINT,
        profiles=frozenset({"demo"}),
        env_files=(".env", "backend/.env"),
        watch=("backend",),
        scale=2,
        stdin_open=True,
    )


def test_a_list_of_dependencies_waits_for_their_start() -> None:
    assert one('depends_on = ["db"]').depends_on == {"db": Condition.STARTED}


@pytest.mark.parametrize(
    ("value", "target"),
    [
        ("5432", "127.0.0.1:5432"),
        ('"5432"', "127.0.0.1:5432"),
        ('"[::1]:5432"', "::1:5432"),
        ('"db:1"', "db:1"),
    ],
)
def test_a_tcp_check_is_a_port_with_or_without_a_host(value: str, target: str) -> None:
    check = one(f"healthcheck = {{ tcp = {value} }}").healthcheck
    assert check is not None
    assert check.target == target


@pytest.mark.parametrize(
    ("body", "what", "hint"),
    [
        ('restrat = "no"', "unknown key 'restrat'", "did you mean 'restart'?"),
        ('restart = "sometimes"', "unknown policy 'sometimes'", "always, no, on-failure"),
        ('restart = "on_failure"', "unknown policy 'on_failure'", "did you mean 'on-failure'?"),
        ("restart = false", "unknown policy False", "always, no, on-failure"),
        ('ports = { "A-B" = 80 }', "'A-B' is no name of a variable", "letters, digits and '_'"),
        ("ports = { A = 0 }", "not a port: 0", "1 to 65535"),
        ('env_file = ".env"', "expected a list of strings", '["a", "b"]'),
        ("watch = [1]", "expected a list of strings", '["a", "b"]'),
        ("scale = 0", "0 copies are none", "--skip"),
        ("scale = 1.5", "not a whole number from 1 to 1000: 1.5", "scale = 3"),
        ('stdin_open = "yes"', "neither true nor false: 'yes'", "without quotes"),
        ('healthcheck = { file = "" }', "not a path: ''", ".dev/ready"),
        ("ports = 80", "expected a list of ports", "ports = [8000]"),
        ("ports = [70000]", "not a port: 70000", "1 to 65535"),
        ('ports = ["80"]', "not a port: '80'", "1 to 65535"),
        ("ports = [true]", "not a port: True", "1 to 65535"),
        ('depends_on = "db"', "expected a table", "service_healthy"),
        ('depends_on = { db = "healthy" }', "unknown condition 'healthy'", "did you mean 'service_healthy'?"),
        ('stop_signal = "SIGTREM"', "unknown signal 'SIGTREM'", "did you mean 'SIGTERM'?"),
        ('stop_grace_period = "10 s"', "not a duration: '10 s'", '"1m30s"'),
        ("stop_grace_period = -1", "negative duration", '"1m30s"'),
        ('profiles = "demo"', "expected a list of strings", '["a", "b"]'),
        ('healthcheck = "tcp"', "expected a table", "tcp = 5432"),
        ('healthcheck = { interval = "1s" }', "exactly one of tcp, http, log, exec, file", "tcp = 5432"),
        ('healthcheck = { tcp = 1, log = "x" }', "exactly one of tcp, http, log, exec, file", "tcp = 5432"),
        ('healthcheck = { tcp = 1, intervall = "1s" }', "unknown key 'intervall'", "'interval'"),
        ('healthcheck = { http = "https://x/" }', "not a plain http address", "exec"),
        ('healthcheck = { http = "http://x:port/" }', "not a plain http address", "exec"),
        ('healthcheck = { log = "(" }', "not a regular expression", "ready to accept"),
        ("healthcheck = { exec = [] }", "the command is empty", "pg_isready"),
        ('healthcheck = { tcp = 1, interval = "0s" }', "longer than nothing", '"10s"'),
        ("healthcheck = { tcp = 1, retries = 0 }", "whole number from 1 to 1000: 0", "retries = 3"),
    ],
)
def test_an_error_names_the_key_the_line_and_a_way_out(body: str, what: str, hint: str) -> None:
    text = f"[other]\n\n[tool.pixcrawler.processes.a]\nports = []\n{body}\n".replace(
        "ports = []\n", "" if body.startswith("ports") else "ports = []\n"
    )
    _, (problem,) = parse_manifest(text)
    assert what in problem.what
    assert hint in problem.hint
    assert problem.where == f"pyproject.toml:{4 if body.startswith('ports') else 5}"


def test_every_error_is_reported_at_once() -> None:
    _, problems = parse_manifest("[tool.pixcrawler.processes.a]\nports = 1\nrestart = 2\nstop_signal = 3\n")
    assert len(problems) == 3


def test_a_process_that_is_no_table_is_a_problem() -> None:
    assert parse_manifest("[tool.pixcrawler.processes]\na = 1\n")[1]


def test_broken_toml_names_the_line() -> None:
    _, (problem,) = parse_manifest("a = 1\nb =\n")
    assert problem.where == "pyproject.toml:2"


def test_a_file_without_our_table_is_fine() -> None:
    assert parse_manifest("[project]\nname = 'x'\n") == ({}, [])
