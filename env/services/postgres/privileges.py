"""PostgreSQL refuses to run as root, so root steps down for it.

The checkout may lie under a folder that the other user can't enter (/root is 0700). Opening such
folders would outlive us, so the process keeps one capability instead, CAP_DAC_OVERRIDE, and passes
it on through the ambient set to initdb and postgres.
"""

import contextlib
import ctypes
import os
import sys
from dataclasses import dataclass
from pathlib import Path

if sys.platform != "win32":
    import pwd

_CAP_DAC_OVERRIDE = 1
_PR_SET_PDEATHSIG = 1
_PR_GET_PDEATHSIG = 2
_PR_SET_SECUREBITS = 28
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
# Without this bit setuid() drops every capability, and access(2), with which initdb looks for
# postgres, ignores those that are left.
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAPABILITY_VERSION_3 = 0x20080522


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    gid: int


def account_for(directory: Path) -> Account | None:
    """Whom root should become for this directory: its owner, else the nearest parent's, else nobody.

    None when the process isn't root and stays what it is. Owners without an entry in the password
    database, as in containers, are passed over: initdb refuses them.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    for place in (directory, *directory.parents):
        if place.exists() and (found := place.stat()).st_uid != 0 and _is_known(found.st_uid):
            return Account(found.st_uid, found.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _is_known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def hand_over(path: Path, account: Account) -> None:
    for place in (path, *path.rglob("*")):
        os.chown(place, account.uid, account.gid, follow_symlinks=False)


def become(account: Account) -> None:
    """Give up root for good, keeping only the right to pass closed folders."""
    if sys.platform != "linux":
        _change_user(account)
        return
    death_signal = _death_signal()
    # A container may withhold the capability; then the path must be open to everyone.
    with contextlib.suppress(OSError):
        _prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP)
    _change_user(account)
    try:
        _set_capabilities(1 << _CAP_DAC_OVERRIDE)
        _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE)
    except OSError:
        _set_capabilities(0)
    # The kernel forgets it when the user changes, and with it that we end with the supervisor.
    if death_signal:
        die_with_parent(death_signal)


def _change_user(account: Account) -> None:
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)


def die_with_parent(signal_number: int) -> None:
    """Have the kernel send us this signal when our parent dies, across exec; Linux only."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal_number)


def _death_signal() -> int:
    number = ctypes.c_int(0)
    _checked(ctypes.CDLL(None, use_errno=True).prctl(_PR_GET_PDEATHSIG, ctypes.byref(number)))
    return number.value


def _set_capabilities(mask: int) -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    # Two words of (effective, permitted, inheritable): the low and the high 32 capabilities.
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    _checked(ctypes.CDLL(None, use_errno=True).capset(header, sets))


def _prctl(option: int, *arguments: int) -> None:
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    _checked(ctypes.CDLL(None, use_errno=True).prctl(option, *padded))


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
