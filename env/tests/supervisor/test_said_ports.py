"""Ports that the environment says."""

import socket
from pathlib import Path

import pytest

from env.supervisor.configuration.specification import Settings, Specification
from env.supervisor.ports.said import said_ports
from env.supervisor.problems import ConfigurationError
from env.tests.supervisor.stack import Stack, free_port, kid

PLAN = [Specification("api", "x", Settings(ports=(8000,), port_variables={"API_PORT": 8000}))]


class TestAPortVariable:
    def test_moves_its_port(self) -> None:
        assert said_ports(PLAN, {"API_PORT": " 9000 "}) == {8000: 9000}

    @pytest.mark.parametrize("text", ["", "8000", "tcp://10.0.0.1:80"])
    def test_that_says_nothing_new_moves_nothing(self, text: str) -> None:
        assert said_ports(PLAN, {"API_PORT": text}) == {}

    @pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "²", "٨٠٠٠", "8" * 5000])
    def test_that_is_no_port_is_named(self, text: str) -> None:
        with pytest.raises(ConfigurationError, match="API_PORT: not a port"):
            said_ports(PLAN, {"API_PORT": text})

    @pytest.mark.parametrize("has_file", [True, False])
    def test_moves_the_healthcheck_and_what_names_it_along(
        self, stack: Stack, has_file: bool, tmp_path: Path
    ) -> None:
        usual, said = free_port(), free_port()
        healthcheck = f'healthcheck = {{ tcp = {usual} }}\nenv_file = ["own.env"]'
        command = f"sh -c '{kid('listen')} $API_PORT'"
        stack.write(
            {"api": command, "web": kid("say", "API_URL")},
            {"api": f"ports = {{ API_PORT = {usual} }}\n{healthcheck}", "web": 'env_file = ["web.env"]'},
        )
        (tmp_path / "web.env").write_text(f"API_URL=http://localhost:{usual}/v1\n")
        if has_file:
            (tmp_path / "own.env").write_text(f"API_PORT={said}\n")
            stack.launch()
        else:
            stack.launch(environment={**stack.environment, "API_PORT": str(said)})
        assert stack.said("everything is ready")
        assert stack.said(f"http://localhost:{said}/v1")
        socket.create_connection(("127.0.0.1", said), timeout=10).close()
