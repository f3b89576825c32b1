"""What supervisord cannot do before it starts a program: read its env files, wait for those it depends on.

`python -m env.exports.launch [OPTION...] -- COMMAND...` becomes COMMAND. The real environment wins over the
files.
"""

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable
from functools import partial
from pathlib import Path

from env.supervisor.envfiles import read_env_files
from env.supervisor.problems import SupervisorError

PAUSE_SECONDS = 0.2


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)


class UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: object) -> http.client.HTTPConnection:  # noqa: ARG002
        return _UnixConnection(self._path)


def is_healthy(argv: list[str]) -> bool:
    quiet = subprocess.DEVNULL
    return subprocess.run(argv, stdin=quiet, stdout=quiet, stderr=quiet, check=False).returncode == 0


def is_complete(name: str) -> bool:
    """Asks the supervisord that started us. Leaves when the program has ended in any other way."""
    path = os.environ["SUPERVISOR_SERVER_URL"].removeprefix("unix://")
    supervisord = xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=UnixTransport(path))
    found = supervisord.supervisor.getProcessInfo(name)
    assert isinstance(found, dict)  # noqa: S101 - narrows the type
    if found["statename"] == "FATAL" or (found["statename"] == "EXITED" and found["exitstatus"] != 0):
        sys.exit(f"{name} did not complete: {found['description']} (exit code {found['exitstatus']})")
    return bool(found["statename"] == "EXITED")


def wait_for(name: str, is_there: Callable[[], bool]) -> None:
    if is_there():
        return
    print(f"waiting for {name}", file=sys.stderr, flush=True)
    while not is_there():
        time.sleep(PAUSE_SECONDS)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m env.exports.launch", description=__doc__)
    parser.add_argument("--env-file", action="append", default=[])
    parser.add_argument("--healthy", nargs=2, action="append", default=[], metavar=("NAME", "ARGV"))
    parser.add_argument("--completed", action="append", default=[], metavar="GROUP:NAME")
    parser.add_argument("--remove", type=Path, help="a file that says of an earlier life: ready")
    end = arguments.index("--")
    options, command = parser.parse_args(arguments[:end]), arguments[end + 1 :]
    try:
        environment = {**read_env_files(Path(), options.env_file), **os.environ}
    except SupervisorError as error:
        sys.exit(str(error))
    for name in options.completed:
        wait_for(name, partial(is_complete, name))
    for name, argv in options.healthy:
        wait_for(name, partial(is_healthy, json.loads(argv)))
    if options.remove:
        options.remove.unlink(missing_ok=True)
    os.execve(command[0], command, environment)  # noqa: S606 - the Procfile's own shell


if __name__ == "__main__":
    main(sys.argv[1:])
