"""The named pipe of Windows, here over a Unix socket: the same code with another address."""

import json
import select
import socket
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Client
from pathlib import Path

import pytest

from env.supervisor.control.connection import Connection
from env.supervisor.processes.loop import READ, Loop
from env.supervisor.windows.pipe import PipeGate, connect_pipe, pipe_name, token_path
from env.tests.supervisor.stack import eventually


class Echo:
    """Answers every line with itself, on a loop."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "supervisor.sock"
        self.address = str(folder / "pipe")
        self.loop = Loop()
        self.gate = PipeGate(self.address, self.path)
        self.connections: list[Connection] = []
        self.loop.watch(self.gate.fileno(), READ, self._accept)

    def turn_until(self, claim: Callable[[], object]) -> bool:
        def look() -> bool:
            self.loop.after(0.01, lambda: None)
            self.loop.turn()
            return bool(claim())

        return eventually(look)

    def client(self) -> socket.socket:
        client = connect_pipe(self.address, self.path)
        client.settimeout(10)
        return client

    def close(self) -> None:
        self.loop.forget(self.gate.fileno())
        self.gate.close()
        self.loop.close()

    def _accept(self) -> None:
        accepted = self.gate.accept()
        self.connections.append(Connection(self.loop, accepted, self._answer))

    def _answer(self, connection: Connection, line: bytes) -> None:
        connection.send(json.loads(line), is_last=b"last" in line)


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[Echo]:
    echo = Echo(tmp_path)
    yield echo
    echo.close()


def received(echo: Echo, client: socket.socket, size: int) -> bytes:
    found = bytearray()

    def look() -> bool:
        if select.select([client], [], [], 0)[0]:
            found.extend(client.recv(1 << 20))
        return len(found) >= size

    assert echo.turn_until(look)
    return bytes(found)


class TestAClient:
    def test_is_answered_line_by_line(self, echo: Echo) -> None:
        with echo.client() as client:
            for number in range(3):
                line = json.dumps({"number": number}).encode() + b"\n"
                client.sendall(line)
                assert received(echo, client, len(line)) == line

    def test_gets_long_answers_whole(self, echo: Echo) -> None:
        line = json.dumps({"text": "x" * 60_000}).encode() + b"\n"
        with echo.client() as client:
            threading.Thread(target=client.sendall, args=[line * 20]).start()
            assert received(echo, client, 20 * len(line)) == line * 20

    def test_sees_the_last_answer_and_then_the_end(self, echo: Echo) -> None:
        line = b'{"say": "last"}\n'
        with echo.client() as client:
            client.sendall(line)
            assert received(echo, client, len(line)) == line
            assert echo.turn_until(lambda: not echo.connections[0].is_open)
            assert client.recv(1) == b""

    def test_that_leaves_is_noticed(self, echo: Echo) -> None:
        with echo.client():
            assert echo.turn_until(lambda: echo.connections)
        assert echo.turn_until(lambda: not echo.connections[0].is_open)

    def test_that_says_nothing_keeps_nobody_waiting(self, echo: Echo) -> None:
        with Client(echo.address), echo.client():
            assert echo.turn_until(lambda: echo.connections)


class TestTheToken:
    def test_is_the_users_alone(self, echo: Echo) -> None:
        assert token_path(echo.path).stat().st_mode & 0o777 == 0o600

    def test_keeps_others_out(self, echo: Echo, tmp_path: Path) -> None:
        other = tmp_path / "other.sock"
        token_path(other).write_bytes(b"guess")
        with pytest.raises(PermissionError):
            connect_pipe(echo.address, other)
        with echo.client():  # came later, so that the other's turn is over when it is in
            assert echo.turn_until(lambda: echo.connections)
        assert len(echo.connections) == 1


def test_nobody_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    path = tmp_path / "supervisor.sock"
    with pytest.raises(FileNotFoundError):
        connect_pipe(str(tmp_path / "pipe"), path)
    token_path(path).write_bytes(b"left over")
    with pytest.raises(FileNotFoundError):
        connect_pipe(str(tmp_path / "pipe"), path)


def test_after_the_end_nobody_is_let_in(tmp_path: Path) -> None:
    echo = Echo(tmp_path)
    echo.close()
    with pytest.raises(OSError):
        echo.client()


def test_each_folder_has_a_name_of_its_own(tmp_path: Path) -> None:
    one, two = (pipe_name(tmp_path / name / "supervisor.sock") for name in ("one", "two"))
    assert one == pipe_name(tmp_path / "one" / "supervisor.sock") != two
    assert one.startswith("\\\\.\\pipe\\pixcrawler-")
