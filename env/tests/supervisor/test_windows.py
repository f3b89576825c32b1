"""Nothing that Windows imports may need what Windows lacks. What it does there, no test here can say."""

import subprocess
import sys

# Its kernel alone has what these load.
PROBE = """
import importlib, os, pkgutil, signal, socket, sys
import env.supervisor

OF_POSIX = {"guard", "posix", "spawn", "fork", "inotify"}
OF_THE_KERNEL = {"env.supervisor.windows.children", "env.supervisor.windows.jobs"}
every = [module.name for module in pkgutil.walk_packages(env.supervisor.__path__, "env.supervisor.")]
names = [name for name in every if name.rpartition(".")[2] not in OF_POSIX and name not in OF_THE_KERNEL]
for name in names:  # what they need of the standard library, which would look for Windows' own parts
    importlib.import_module(name)
for name in [name for name in sys.modules if name.startswith("env.")]:
    del sys.modules[name]

MISSING = {
    os: "fork setsid getsid getuid geteuid getgid killpg waitid sysconf uname set_blocking "
        "fchmod chown mkfifo openpty pread WNOHANG WNOWAIT WEXITED P_ALL O_NONBLOCK "
        "O_CLOEXEC O_NOFOLLOW O_NOCTTY",
    signal: "SIGKILL SIGCHLD SIGCONT SIGHUP SIGQUIT SIGPIPE SIGSTOP SIGTSTP SIGUSR1 SIGUSR2 "
        "SIGWINCH SIG_BLOCK SIG_UNBLOCK pthread_sigmask setitimer sigwait",
    socket: "AF_UNIX AF_NETLINK SO_PEERCRED MSG_DONTWAIT send_fds recv_fds",
}
for module, attributes in MISSING.items():
    for attribute in attributes.split():
        delattr(module, attribute)
for name in ("fcntl", "pwd", "grp", "termios", "tty", "pty", "resource", "syslog"):
    sys.modules[name] = None
sys.platform = "win32"
for name in names:
    importlib.import_module(name)
from env.supervisor.__main__ import main
assert main(["--help"]) == 0
from env.supervisor.processes.early import hold_stop_signals, release_stop_signals
hold_stop_signals()
release_stop_signals()
print("\\n".join(names))
"""


def test_no_module_needs_what_only_posix_has() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "env.supervisor.assembly" in done.stdout.splitlines()


def test_a_start_on_posix_loads_nothing_of_it() -> None:
    """Threads, ctypes' structures and multiprocessing would cost what the launch may not take."""
    code = "import sys, env.supervisor.run; print([name for name in sys.modules if 'windows' in name])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
