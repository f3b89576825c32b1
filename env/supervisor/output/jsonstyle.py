"""The output of a run for programs."""

import time
from collections.abc import Mapping
from json import dumps
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from env.supervisor.output.escapes import Clean


class JsonStyle:
    """One JSON object a line, for programs.

    Each has `time` (seconds since 1970) and `event`. `output` is a line of a child: `process`, `line`.
    All others are the supervisor's: `message` says it for people, `process`, `pid`, `exit_code` and so on
    where they apply.
    """

    def lines(self, name: str, body: Clean) -> bytes:
        head = f'{{"time": {time.time():.3f}, "event": "output", "process": {quoted(name)}, "line": '
        text = body.plain.decode(errors="replace").split("\n")
        return "".join([f"{head}{quoted(line)}}}\n" for line in text]).encode()

    def event(self, text: str, data: Mapping[str, Any]) -> bytes:
        return dumps({"time": round(time.time(), 3), **data, "message": text}).encode() + b"\n"
