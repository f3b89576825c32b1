"""Children of every character, for the tests of the supervisor: `python kids.py CHARACTER [ARGUMENT…]`.

Each prints `ready` when it has become what it is.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable


def ready() -> None:
    os.write(1, b"ready\n")  # in one piece: others share the pipe
    while True:
        time.sleep(60)


def ignore(*_: object) -> None: ...


def polite() -> None:
    ready()


def stubborn() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    ready()


def grateful(seconds: str) -> None:
    """Takes its time, and says so when it is done: a worker that finishes its task."""

    def finish(*_: object) -> None:
        time.sleep(float(seconds))
        print("finished", flush=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, finish)
    ready()


def pool() -> None:
    """Like Celery: a child that dies of the very signal its parent handles with patience."""
    task = subprocess.Popen(["/bin/sh", "-c", "sleep 0.6; echo task done"])

    def finish(*_: object) -> None:
        print(f"task code {task.wait()}", flush=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, finish)
    ready()


def parent(character: str, *how: str) -> None:
    """Has a grandchild: `setsid` in a session of its own, `daemon` double-forked; `dies` leaves it alone."""
    if os.fork() == 0:
        if "setsid" in how or "daemon" in how:
            os.setsid()
        if "daemon" in how and os.fork():
            os._exit(0)
        CHARACTERS[character]()
    if "dies" in how:
        time.sleep(0.2)
        sys.exit(3)
    ready()


def hop() -> None:
    """Another process in another session every 10 ms, whatever it is told."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.write(1, b"ready\n")
    while True:
        time.sleep(0.01)
        if os.fork():
            os._exit(0)
        os.setsid()


def listen(port: str, after: str = "0") -> None:
    import socket

    time.sleep(float(after))
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", int(port)))
        server.listen()
        ready()


def serve(port: str, bad_answers: str = "0") -> None:
    """HTTP: 503 for the first answers, then 200."""
    import socket

    with socket.create_server(("127.0.0.1", int(port))) as server:
        for number in range(10**9):
            connection, _ = server.accept()
            connection.recv(4096)
            status = "503 Service Unavailable" if number < int(bad_answers) else "200 OK"
            connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
            connection.close()


def flood(name: str, lines: str) -> None:
    for number in range(int(lines)):
        sys.stdout.write(f"{name} {number:08d} {'x' * (number % 97)}\n")
    sys.stdout.flush()


def leave(code: str, *words: str) -> None:
    print(*words, sep="\n", flush=True)
    sys.exit(int(code))


def hold_pipe(code: str) -> None:
    """Crashes while a grandchild keeps the pipe open."""
    subprocess.Popen(["sleep", "60"])
    sys.exit(int(code))


def say(name: str) -> None:
    print(os.environ.get(name, "unset"), flush=True)
    ready()


CHARACTERS: dict[str, Callable[..., None]] = {
    function.__name__: function
    for function in (
        polite,
        stubborn,
        grateful,
        pool,
        parent,
        hop,
        listen,
        serve,
        flood,
        leave,
        hold_pipe,
        say,
    )
}

if __name__ == "__main__":
    CHARACTERS[sys.argv[1]](*sys.argv[2:])
