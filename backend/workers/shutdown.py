"""Lets the processes of the pool see that their worker is about to stop."""

import ctypes
from multiprocessing.sharedctypes import RawValue

# Shared memory inherited by fork, without a lock: a process killed while it held one would stop the others.
_stopping = RawValue(ctypes.c_bool, False)


def is_stopping() -> bool:
    return bool(_stopping.value)


def stop_soon(**_: object) -> None:
    _stopping.value = True
