"""Lets the processes of the pool see that their worker is about to stop."""

import ctypes
from multiprocessing.sharedctypes import RawValue
from typing import Any

# Shared memory inherited by fork, and no lock: a process that was killed while it held one would stop the others.
_stopping = RawValue(ctypes.c_bool, False)


def is_stopping() -> bool:
    return bool(_stopping.value)


def stop_soon(**_: Any) -> None:
    _stopping.value = True
