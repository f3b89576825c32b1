"""Where clients come in: a socket of this checkout that only its user can open; on Windows a pipe."""

import os
import socket
import sys
from pathlib import Path
from typing import Protocol


class Gate(Protocol):
    def fileno(self) -> int:
        """Readable when somebody has come; -1 when it is closed."""

    def accept(self) -> socket.socket | None:
        """None for somebody who is not to be let in. Raises OSError."""

    def close(self) -> None: ...


if sys.platform == "win32":

    def open_gate(path: Path, _most_waiting: int) -> Gate:
        from env.supervisor.windows.pipe import PipeGate, pipe_name

        return PipeGate(pipe_name(path), path)

else:

    def open_gate(path: Path, most_waiting: int) -> Gate:
        return UnixGate(path, most_waiting)

    class UnixGate:
        def __init__(self, path: Path, most_waiting: int) -> None:
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.setblocking(False)
            former = os.umask(0o177)
            try:
                self._socket.bind(str(path))
            finally:
                os.umask(former)
            self._socket.listen(most_waiting)

        def fileno(self) -> int:
            return self._socket.fileno()

        def accept(self) -> socket.socket | None:
            accepted, _ = self._socket.accept()
            if peer_uid(accepted) in {os.getuid(), 0}:
                return accepted
            accepted.close()
            return None

        def close(self) -> None:
            self._socket.close()

    def peer_uid(connection: socket.socket) -> int:
        """The kernel's word for who is at the other end; where it can't be had the socket's mode must do."""
        if sys.platform != "linux":
            return os.getuid()
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return int.from_bytes(credentials[4:8], sys.byteorder)
