"""Answers clients on the Unix socket of this checkout: one JSON line in, one out."""

import errno
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from env.supervisor.configuration.environments import Environments
from env.supervisor.control.attachment import Attachment
from env.supervisor.control.connection import Connection
from env.supervisor.control.gate import open_gate
from env.supervisor.lifecycle.engine import Engine
from env.supervisor.lifecycle.process import Process
from env.supervisor.output.redaction import Redactor
from env.supervisor.problems import SupervisorError, closest
from env.supervisor.processes.loop import READ, Loop

STOP_CODE = 0
# Each costs a descriptor, and children need some too.
MOST_CONNECTIONS = 64
PAUSE_SECONDS = 1.0
COMMANDS = ("status", "readiness", "environment", "start", "stop", "restart", "attach")


class Control:
    def __init__(
        self,
        loop: Loop,
        engine: Engine,
        path: Path,
        facts: dict[str, Any],
        environments: Environments,
        redactor: Redactor,
    ) -> None:
        self._loop, self._engine, self._facts, self._environments = loop, engine, facts, environments
        self._redactor = redactor
        self._gate = open_gate(path, MOST_CONNECTIONS)
        self._connections: dict[Connection, None] = {}
        self._listen()

    def close(self) -> None:
        """Hangs up on everybody: that is what a client of `stop` waits for."""
        self._loop.forget(self._gate.fileno())
        for connection in list(self._connections):
            connection.close()
        self._gate.close()

    def _listen(self) -> None:
        if self._gate.fileno() >= 0:
            self._loop.watch(self._gate.fileno(), READ, self._accept)

    def _accept(self) -> None:
        try:
            accepted = self._gate.accept()
        except OSError as error:
            if error.errno in {errno.EMFILE, errno.ENFILE}:  # it would be reported again at once
                self._loop.forget(self._gate.fileno())
                self._loop.after(PAUSE_SECONDS, self._listen)
            return
        if accepted is None:
            return
        connection = Connection(self._loop, accepted, self._request)
        self._connections[connection] = None
        connection.on_close = self._gone
        if len(self._connections) > MOST_CONNECTIONS:
            self._make_room(connection)

    def _gone(self, connection: Connection) -> None:
        del self._connections[connection]

    def _make_room(self, newest: Connection) -> None:
        for connection in self._connections:
            if connection.is_dispensable and connection is not newest:
                connection.close()
                return
        newest.refuse(f"{MOST_CONNECTIONS} clients are being served", "end one of them")

    def _request(self, connection: Connection, line: bytes) -> None:
        connection.on_line = lambda _connection, _line: None
        try:
            request = json.loads(line)
        except ValueError:
            request = None
        if isinstance(request, dict):
            self._answer(request, connection)
        else:
            connection.refuse("not a JSON object", 'send {"command": "status"} and a newline')

    def _answer(self, request: dict[str, Any], connection: Connection) -> None:
        name = request.get("name")
        processes = self._named(name)
        if name is not None and not processes:
            known = closest(str(name), self._engine.processes)
            connection.refuse(f"no process '{name}' in this run", known)
            return
        match request.get("command"), processes:
            case "status", []:
                connection.send(self._status(), is_last=True)
            case "readiness", []:
                connection.send(self._readiness(), is_last=True)
            case "environment", _:
                self._hand_out_environment(processes[:1], connection)
            case "attach", [process, *_]:
                self._attach(process, connection)
            case "stop", []:
                self._engine.shut_down(STOP_CODE)
                connection.send(self._status())
            case ("start" | "stop" | "restart") as command, [_, *_]:
                self._change(command, processes, connection)
            case command, _:
                connection.refuse(f"unknown request '{command}'", f"one of: {', '.join(COMMANDS)}")

    def _named(self, name: object) -> list[Process]:
        """One process, or every copy of one that is scaled."""
        processes = self._engine.processes
        if isinstance(name, str) and name in processes:
            return [processes[name]]
        return [process for process in processes.values() if process.specification.service == name]

    def _change(self, command: str, processes: list[Process], connection: Connection) -> None:
        left = list(processes)

        def done() -> None:
            left.pop()
            if not left:
                connection.send({"processes": self._snapshots(processes)}, is_last=True)

        for process in processes:
            if self._engine.is_stopping:
                connection.refuse("the run is being stopped", "wait for its end, then start it again")
            elif command == "start":
                self._engine.start(process)
                done()
            elif command == "stop":
                self._engine.stop(process, done)
            else:
                self._engine.restart(process, done)

    def _snapshots(self, processes: Iterable[Process] | None = None) -> list[dict[str, Any]]:
        """A command line, or an address in the reason of a failed probe, may hold a secret."""
        snapshots = self._engine.snapshots(processes)
        for each in snapshots:
            for field in ("command", "reason"):
                if text := each[field]:
                    shown = self._redactor.redact(text.encode(errors="surrogateescape"))
                    each[field] = shown.decode(errors="surrogateescape")
        return snapshots

    def _status(self) -> dict[str, Any]:
        return {
            **self._facts,
            "is_ready": self._engine.is_ready,
            "is_stopping": self._engine.is_stopping,
            "ready_after_seconds": self._engine.ready_after_seconds,
            "processes": self._snapshots(),
        }

    def _readiness(self) -> dict[str, Any]:
        """What one can ask for many times a second: nothing of it is asked of the system."""
        return {
            "pid": self._facts["pid"],
            "started_at": self._facts["started_at"],
            "is_ready": self._engine.is_ready,
            "is_stopping": self._engine.is_stopping,
            "ready_after_seconds": self._engine.ready_after_seconds,
            "processes": [
                {
                    "name": process.name,
                    "state": process.state,
                    "is_ready": process.is_ready,
                    "exit_code": process.exit_code,
                }
                for process in self._engine.processes.values()
            ],
        }

    def _hand_out_environment(self, processes: list[Process], connection: Connection) -> None:
        """Of one process; without a name with the files of all. Never the marker: not ours to end."""
        try:
            found = (
                self._environments.of(processes[0].specification)
                if processes
                else self._environments.of_all()
            )
        except SupervisorError as error:
            connection.refuse(error.problems[0].what, error.problems[0].hint)
        else:
            connection.send({"environment": found}, is_last=True)

    def _attach(self, process: Process, connection: Connection) -> None:
        if process.specification.settings.stdin_open:
            Attachment(process, connection)
        else:
            table = f"[tool.pixcrawler.processes.{process.specification.service}]"
            hint = f"set stdin_open = true in {table}, then start the stack again"
            connection.refuse(f"{process.name} has no input", hint)
