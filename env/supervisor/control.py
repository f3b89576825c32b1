"""Answers clients on the Unix socket of this checkout: one JSON line in, one out."""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from env.supervisor.engine import Engine
from env.supervisor.loop import READ, Loop
from env.supervisor.problems import closest
from env.supervisor.process import Process

LONGEST_REQUEST_BYTES = 64 * 1024
STOP_CODE = 0


class Reply(Protocol):
    def __call__(self, content: dict[str, Any], *, stays_open: bool = False) -> None:
        """A connection that stays open is closed by the end of the run: that is what its client waits for."""


class Control:
    def __init__(self, loop: Loop, engine: Engine, path: Path, facts: dict[str, Any]) -> None:
        self._loop, self._engine, self._facts = loop, engine, facts
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.setblocking(False)
        former = os.umask(0o177)
        try:
            self._socket.bind(str(path))
        finally:
            os.umask(former)
        self._socket.listen(16)
        self._connections: set[_Connection] = set()
        loop.watch(self._socket.fileno(), READ, self._accept)

    def close(self) -> None:
        for connection in list(self._connections):
            connection.close()
        self._loop.forget(self._socket.fileno())
        self._socket.close()

    def _accept(self) -> None:
        try:
            connection, _ = self._socket.accept()
        except OSError:
            return
        self._connections.add(_Connection(self._loop, connection, self._answer, self._connections.discard))

    def _answer(self, request: dict[str, Any], reply: Reply) -> None:
        name = request.get("name")
        if name is not None and name not in self._engine.processes:
            reply(
                {
                    "error": f"no process '{name}' in this run",
                    "hint": closest(str(name), self._engine.processes),
                }
            )
            return
        process = self._engine.processes[name] if name is not None else None
        match request.get("command"), process:
            case "status", None:
                reply(self._status())
            case "stop", None:
                self._engine.shut_down(STOP_CODE)
                reply(self._status(), stays_open=True)
            case ("start" | "stop" | "restart") as command, Process() as process:
                self._change(command, process, reply)
            case command, _:
                reply({"error": f"unknown request '{command}'", "hint": "status, start, stop or restart"})

    def _change(self, command: str, process: Process, reply: Reply) -> None:
        def done() -> None:
            reply({"process": self._engine.snapshots([process])[0]})

        if self._engine.is_stopping:
            reply({"error": "the run is being stopped", "hint": "wait for its end, then start it again"})
        elif command == "start":
            self._engine.start(process)
            done()
        elif command == "stop":
            self._engine.stop(process, done)
        else:
            self._engine.restart(process, done)

    def _status(self) -> dict[str, Any]:
        return {
            **self._facts,
            "is_ready": self._engine.is_ready,
            "is_stopping": self._engine.is_stopping,
            "ready_after_seconds": self._engine.ready_after_seconds,
            "processes": self._engine.snapshots(),
        }


class _Connection:
    def __init__(
        self,
        loop: Loop,
        connection: socket.socket,
        answer: Callable[[dict[str, Any], Reply], None],
        on_close: Callable[["_Connection"], None],
    ) -> None:
        self._loop, self._socket, self._answer, self._on_close = loop, connection, answer, on_close
        self._request = b""
        connection.setblocking(False)
        loop.watch(connection.fileno(), READ, self._read)

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.forget(self._socket.fileno())
            self._socket.close()
            self._on_close(self)

    def _read(self) -> None:
        try:
            data = self._socket.recv(LONGEST_REQUEST_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._request += data
        if not data or len(self._request) > LONGEST_REQUEST_BYTES:
            self.close()
        elif b"\n" in self._request:
            line, self._request = self._request, b""
            self._serve(line)

    def _serve(self, line: bytes) -> None:
        try:
            request = json.loads(line)
        except ValueError:
            request = None
        if isinstance(request, dict):
            self._answer(request, self._reply)
        else:
            self._reply({"error": "not a JSON object", "hint": 'send {"command": "status"} and a newline'})

    def _reply(self, content: dict[str, Any], *, stays_open: bool = False) -> None:
        """Small enough for the socket's buffer; a client that went away misses it."""
        if self._socket.fileno() >= 0:
            try:
                self._socket.sendall(json.dumps(content).encode() + b"\n")
            except OSError:
                stays_open = False
            if not stays_open:
                self.close()
