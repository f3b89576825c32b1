"""What differs between operating systems."""

import os
import signal
import sys
from collections.abc import Callable

IS_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def open_standard_descriptors() -> None:
    """Where one of 0, 1, 2 is closed, the next file or socket would become it and receive our output."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def become_subreaper() -> None:
    """Daemons that our children detach come back to us instead of going to init."""
    if IS_LINUX:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def dies_with_parent(last_signal: signal.Signals) -> Callable[[], None] | None:
    """To run in a new child: the kernel sends it `last_signal` when this supervisor is gone, however it went.

    Only the child itself: the kernel forgets this setting in its children.
    """
    if not IS_LINUX:
        return None
    parent = os.getpid()
    prctl = _prctl  # resolved before the fork

    def set_death_signal() -> None:
        prctl(_PR_SET_PDEATHSIG, int(last_signal))
        if os.getppid() != parent:  # it died before the kernel knew
            os._exit(128 + last_signal)

    return set_death_signal


def signal_name(number: int) -> str:
    return signal.Signals(number).name


def _load_prctl() -> Callable[[int, int], object]:
    import ctypes

    function = ctypes.CDLL(None, use_errno=True).prctl
    return lambda option, value: function(option, value, 0, 0, 0)


_prctl: Callable[[int, int], object] = _load_prctl() if IS_LINUX else lambda _option, _value: None
