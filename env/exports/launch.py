"""What supervisord does not do before it starts a program: read its env files, wait for those it depends on,
and give it back the default of SIGPIPE, which it ignores itself and makes its children ignore.

`python -m env.exports.launch [OPTION...] -- COMMAND...` becomes COMMAND. The real environment wins over the
files.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from env.supervisor.configuration.envfiles import read_env_files
from env.supervisor.problems import SupervisorError

PAUSE_SECONDS = 0.2


def is_healthy(argv: list[str]) -> bool:
    quiet = subprocess.DEVNULL
    return subprocess.run(argv, stdin=quiet, stdout=quiet, stderr=quiet, check=False).returncode == 0


def wait_for(name: str, is_there: Callable[[], bool]) -> None:
    if is_there():
        return
    print(f"waiting for {name}", file=sys.stderr, flush=True)
    while not is_there():
        time.sleep(PAUSE_SECONDS)


def main(arguments: list[str]) -> None:
    # Python's own habits, of which SIGPIPE's would outlive the exec.
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    end = arguments.index("--")
    options, command = parser().parse_args(arguments[:end]), arguments[end + 1 :]
    try:
        environment = {**read_env_files(Path(), options.env_file), **os.environ}
    except SupervisorError as error:
        sys.exit(str(error))
    if options.completed:
        from env.exports.rpc import is_complete  # slow to import, and seldom needed
    for name in options.completed:
        wait_for(name, partial(is_complete, name))
    for name, argv in options.healthy:
        wait_for(name, partial(is_healthy, argv))
    if options.remove:
        options.remove.unlink(missing_ok=True)
    os.execve(command[0], command, environment)  # noqa: S606 - the Procfile's own shell


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m env.exports.launch", description=__doc__)
    parser.add_argument("--env-file", action="append", default=[])
    parser.add_argument("--healthy", type=json.loads, action="append", default=[], metavar="[NAME, ARGV]")
    parser.add_argument("--completed", action="append", default=[], metavar="GROUP:NAME")
    parser.add_argument("--remove", type=Path, help="a file that says of an earlier life: ready")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
