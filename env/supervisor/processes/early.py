"""Signals that come before anybody can act on them; imports next to nothing, to be there first."""

import signal
import sys

# Those of Windows are a part of them.
STOP_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK")
    if hasattr(signal, name)
)


def hold_stop_signals() -> None:
    """They wait instead of ending Python in the middle of an import; for PID 1 they would be lost."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)


def release_stop_signals() -> None:
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
