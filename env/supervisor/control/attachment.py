"""A client that sees what one process writes, as it writes it, and types into it."""

import json

from env.supervisor.control.connection import Connection
from env.supervisor.lifecycle.process import Process


class Attachment:
    """Byte for byte, over all lives of the process: what is no UTF-8 travels as surrogate escapes."""

    def __init__(self, process: Process, connection: Connection) -> None:
        self._process, self._connection = process, connection
        self._former_on_close = connection.on_close
        connection.on_line, connection.on_close = self._typed, self._gone
        connection.send({"attached": process.name})
        self._said(process.stream.unfinished)
        process.taps.add(self._said)

    def _said(self, data: bytes) -> None:
        if data:
            self._connection.send({"output": data.decode(errors="surrogateescape")})

    def _typed(self, _connection: Connection, line: bytes) -> None:
        try:
            text = json.loads(line)["input"]
            data = text.encode(errors="surrogateescape")
        except (ValueError, KeyError, TypeError, AttributeError):
            self._connection.refuse("not an input", 'send {"input": "text"} and a newline')
            return
        if not self._process.feed(data):
            self._say_why_not()

    def _say_why_not(self) -> None:
        name = self._process.name
        if self._process.is_alive:
            error, hint = f"{name} does not read its input", "what was typed last is lost; it goes on"
        else:
            error, hint = f"{name} does not run ({self._process.state})", "start it, then type it again"
        self._connection.send({"error": error, "hint": hint})

    def _gone(self, connection: Connection) -> None:
        self._process.taps.discard(self._said)
        self._former_on_close(connection)
