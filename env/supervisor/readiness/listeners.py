"""Does anybody listen on a port of this machine? The kernel knows, cheaper than by a connection."""

import errno
import socket
import struct
import sys
from functools import cache

# linux/netlink.h, sock_diag.h, inet_diag.h: one request for one socket, answered within `send`.
_NETLINK_SOCK_DIAG, _SOCK_DIAG_BY_FAMILY, _REQUEST = 4, 20, 1
_HEADER, _QUERY, _ERROR = struct.Struct("=IHHII"), struct.Struct("=BBBBI"), struct.Struct("=IHHIIi")
# In an answer: header, inet_diag_msg up to its user.
_ANSWER_BYTES, _UID_AT = 512, 16 + 4 + 48 + 12
_TCP, _LISTENING, _NO_COOKIE = 6, 1 << 10, b"\xff" * 8


class Listener:
    """Whoever there may be at an address of this machine."""

    def __init__(self, family: int, host: str, port: int) -> None:
        address = socket.inet_pton(family, host).ljust(16, b"\0")
        wanted = struct.pack("!HH", port, 0) + address + bytes(20) + _NO_COOKIE
        query = _QUERY.pack(family, _TCP, 0, 0, _LISTENING) + wanted
        self._request = _HEADER.pack(_HEADER.size + len(query), _SOCK_DIAG_BY_FAMILY, _REQUEST, 0, 0) + query

    def is_missing(self) -> bool:
        """True only when that is certain; elsewhere than on Linux nothing is."""
        asker = _asker()
        return asker is not None and self.answer(asker) == -errno.ENOENT

    def user(self) -> int | None:
        """The number of the user who listens, as far as the kernel says."""
        asker = _asker()
        if asker is None or self.answer(asker, _ANSWER_BYTES) != 0:
            return None
        (uid,) = struct.unpack_from("=I", self._answer, _UID_AT)
        return int(uid)

    def answer(self, asker: socket.socket, size: int = _ERROR.size) -> int:
        """0 for a listener, otherwise an error's number."""
        try:
            asker.send(self._request)
            self._answer = asker.recv(size)
        except OSError as error:
            return error.errno or errno.EIO
        _size, kind, _flags, _sequence, _port, code = _ERROR.unpack_from(self._answer)
        return 0 if kind == _SOCK_DIAG_BY_FAMILY else code


def user_of(port: int) -> str | None:
    """Whose is the listener that is reached by `localhost`?"""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        uid = Listener(family, host, port).user()
        if uid is not None:
            return _name(uid)
    return None


def _name(uid: int) -> str:
    if sys.platform == "win32":
        return f"user {uid}"
    import pwd

    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user {uid}"


@cache
def _asker() -> socket.socket | None:
    """None where the kernel does not answer truly: then whoever asks has to connect."""
    if not hasattr(socket, "AF_NETLINK"):
        return None
    try:
        asker = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG)
    except OSError:
        return None
    asker.setblocking(False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        if Listener(socket.AF_INET, *server.getsockname()).answer(asker) == 0:
            return asker
    asker.close()
    return None
