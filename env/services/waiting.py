"""Under plain Honcho everything starts at once: wait for what is not there yet, and say so."""

import socket
import sys
import time
from collections.abc import Callable

FIRST_SECONDS, LONGEST_SECONDS = 0.1, 2.0
REMINDER_SECONDS = 30.0


def wait_for(
    awaited: str, obstacle: Callable[[], str | None], sleep: Callable[[float], object] = time.sleep
) -> None:
    """With back-off, until `obstacle` finds none; the same one is told again every half minute."""
    pause, told, told_at = FIRST_SECONDS, "", 0.0
    while found := obstacle():
        if found != told or time.monotonic() - told_at >= REMINDER_SECONDS:
            print(f"waiting for {awaited}: {found}", file=sys.stderr, flush=True)
            told, told_at = found, time.monotonic()
        sleep(pause)
        pause = min(2 * pause, LONGEST_SECONDS)


def unreachable(host: str, port: int) -> str | None:
    try:
        socket.create_connection((host, port), timeout=LONGEST_SECONDS).close()
    except OSError as error:
        return f"nobody answers at {host}:{port} ({error.strerror or error})"
    return None
