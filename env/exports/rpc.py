"""Asks the supervisord that started us."""

import http.client
import os
import socket
import sys
import xmlrpc.client


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


def is_complete(name: str) -> bool:
    """Leaves when the program has ended in any other way."""
    path = os.environ["SUPERVISOR_SERVER_URL"].removeprefix("unix://")
    supervisord = xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=UnixTransport(path))
    try:
        found = supervisord.supervisor.getProcessInfo(name)
    except (OSError, xmlrpc.client.Error) as error:  # it is ending, or has no such program
        sys.exit(f"cannot ask supervisord for {name}: {error}")
    assert isinstance(found, dict)  # noqa: S101 - narrows the type
    if found["statename"] == "FATAL" or (found["statename"] == "EXITED" and found["exitstatus"] != 0):
        sys.exit(f"{name} did not complete: {found['description']} (exit code {found['exitstatus']})")
    return bool(found["statename"] == "EXITED")
