"""`attach`: a debugger's prompt in a process of the stack. Leaving it never harms the process."""

import json
import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from env.commands.outcome import explained
from env.supervisor.control import client
from env.supervisor.problems import Problem

ANSWER_SECONDS = 5.0
CHUNK_BYTES = 16 * 1024
# After the last of piped input: an answer that takes longer is not waited for.
QUIET_SECONDS = 1.0


@explained
def attach(state_dir: Path, name: str) -> None:
    request = {"command": "attach", "name": name}
    with client.converse(state_dir, request, ANSWER_SECONDS) as (connection, reader, _answer):
        connection.settimeout(None)
        typing = _Typing(connection)
        typing.say(f"attached to {name}; Ctrl-C or Ctrl-D leaves it running")
        threading.Thread(target=typing.send_all, daemon=True).start()
        try:
            for line in reader:
                typing.heard_at = time.monotonic()
                _show(json.loads(line))
        except KeyboardInterrupt:
            typing.is_over = True
        typing.say(f"\ndetached; {name} goes on" if typing.is_over else "\nthe run has ended")


class _Typing:
    """What a person or a pipe says to the process; `heard_at` is when that one last said something."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._is_terminal = os.isatty(0)
        self.heard_at = time.monotonic()
        self.is_over = False

    def say(self, text: str) -> None:
        if self._is_terminal:
            print(text, file=sys.stderr, flush=True)

    def send_all(self) -> None:
        """With os.read: a thread inside sys.stdin would keep the interpreter from ending."""
        try:
            while data := os.read(0, CHUNK_BYTES):
                self._connection.sendall(_line({"input": data.decode(errors="surrogateescape")}))
            self._let_it_answer()
            self.is_over = True
            self._connection.shutdown(socket.SHUT_RDWR)
        except OSError:  # the supervisor hung up, and the other thread says so
            return

    def _let_it_answer(self) -> None:
        self.heard_at = max(self.heard_at, time.monotonic())
        while not self._is_terminal and time.monotonic() - self.heard_at < QUIET_SECONDS:
            time.sleep(0.05)


def _show(message: dict[str, Any]) -> None:
    if "error" in message:
        print(f"\n{Problem('attach', message['error'], message['hint'])}", file=sys.stderr, flush=True)
    else:
        sys.stdout.buffer.write(message["output"].encode(errors="surrogateescape"))
        sys.stdout.buffer.flush()


def _line(content: dict[str, Any]) -> bytes:
    return json.dumps(content).encode() + b"\n"
