"""Job Objects: what Windows has in place of sessions, subreapers and death signals.

Whatever a program starts is in its job too and cannot leave it. The supervisor alone holds the handles, so
that the kernel ends everybody when it is gone, however it went.
"""

import ctypes
import sys

KILL_ON_JOB_CLOSE = 0x2000
_BASIC_PROCESS_ID_LIST, _EXTENDED_LIMIT_INFORMATION = 3, 9
# PROCESS_TERMINATE, PROCESS_SET_QUOTA, PROCESS_SUSPEND_RESUME: what assigning and resuming need.
_RIGHTS = 0x0001 | 0x0100 | 0x0800
_ERROR_MORE_DATA = 234
# As of a shell: 128 + SIGKILL.
KILLED_CODE = 137


class BasicLimits(ctypes.Structure):
    """Fixed widths: elsewhere a C long has another one, and the layout could not be tested."""

    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )


class ExtendedLimits(ctypes.Structure):
    _fields_ = (
        ("BasicLimitInformation", BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


def pid_list(room: int) -> type[ctypes.Structure]:
    class PidList(ctypes.Structure):
        _fields_ = (
            ("NumberOfAssignedProcesses", ctypes.c_uint32),
            ("NumberOfProcessIdsInList", ctypes.c_uint32),
            ("ProcessIdList", ctypes.c_size_t * room),
        )

    return PidList


if sys.platform == "win32":
    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _ntdll = ctypes.WinDLL("ntdll")
    # What is not declared is taken for an int of 32 bits: a handle has 64.
    _handle, _number = ctypes.c_void_p, ctypes.c_uint32
    _kernel.CreateJobObjectW.argtypes = (ctypes.c_void_p, ctypes.c_wchar_p)
    _kernel.CreateJobObjectW.restype = _handle
    _kernel.SetInformationJobObject.argtypes = (_handle, ctypes.c_int, ctypes.c_void_p, _number)
    _kernel.QueryInformationJobObject.argtypes = (
        *(_handle, ctypes.c_int, ctypes.c_void_p, _number),
        ctypes.c_void_p,
    )
    _kernel.AssignProcessToJobObject.argtypes = (_handle, _handle)
    _kernel.TerminateJobObject.argtypes = (_handle, _number)
    _kernel.OpenProcess.argtypes = (_number, ctypes.c_int, _number)
    _kernel.OpenProcess.restype = _handle
    _kernel.CloseHandle.argtypes = (_handle,)
    _ntdll.NtResumeProcess.argtypes = (_handle,)

    class Job:
        """Also inside another: its processes are then in both."""

        def __init__(self) -> None:
            self._handle: int = _checked(_kernel.CreateJobObjectW(None, None))
            limits = ExtendedLimits()
            limits.BasicLimitInformation.LimitFlags = KILL_ON_JOB_CLOSE
            size = ctypes.sizeof(limits)
            _checked(
                _kernel.SetInformationJobObject(
                    self._handle, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), size
                )
            )

        def pids(self) -> set[int]:
            room = 64
            while True:
                found = pid_list(room)()
                if _kernel.QueryInformationJobObject(
                    self._handle,
                    _BASIC_PROCESS_ID_LIST,
                    ctypes.byref(found),
                    ctypes.sizeof(found),
                    None,
                ):
                    return set(found.ProcessIdList[: found.NumberOfProcessIdsInList])
                if ctypes.get_last_error() != _ERROR_MORE_DATA:
                    raise ctypes.WinError(ctypes.get_last_error())
                room *= 4

        def kill(self) -> None:
            _checked(_kernel.TerminateJobObject(self._handle, KILLED_CODE))

        def close(self) -> None:
            """Ends whoever is left."""
            _kernel.CloseHandle(self._handle)

    def adopt(pid: int, *jobs: Job) -> None:
        """Takes a process that was created suspended into the jobs, the widest first, and lets it run."""
        process: int = _checked(_kernel.OpenProcess(_RIGHTS, 0, pid))
        try:
            for job in jobs:
                _checked(_kernel.AssignProcessToJobObject(job._handle, process))
            _ntdll.NtResumeProcess(process)
        finally:
            _kernel.CloseHandle(process)

    def _checked(result: int | None) -> int:
        if not result:
            raise ctypes.WinError(ctypes.get_last_error())
        return result
