"""`run -- CMD`: a command in the foreground that sees what the processes of the stack see."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from env.commands.outcome import explained
from env.supervisor.control import client
from env.supervisor.problems import NotRunningError, Problem, SupervisorError

# They describe the terminal in front of the person, which is not the one the stack was started in.
_OF_THE_TERMINAL = (
    *("TERM", "TERM_PROGRAM", "COLORTERM", "NO_COLOR", "FORCE_COLOR"),
    *("COLUMNS", "LINES", "SSH_TTY", "PWD", "OLDPWD"),
)
NOT_FOUND_CODE, NOT_EXECUTABLE_CODE = 127, 126


Defaults = Callable[[], Mapping[str, str]]


@explained
def run(
    state_dir: Path,
    command: Sequence[str],
    name: str = "",
    *,
    procfile: Path,
    manifest: Path | None,
    defaults: Defaults = dict,
) -> int:
    """The exit code of the command. `name`: with the environment of this very process.

    `defaults` is what a start adds to the files; it is asked when nothing runs that could say so itself.
    """
    if not command:
        raise SupervisorError([Problem("run", "no command", "write run -- COMMAND, for example run -- env")])
    try:
        found = client.environment(state_dir, name or None)
    except NotRunningError:
        found = from_files(procfile, manifest, name, defaults())
    return execute(command, merged(os.environ, found))


def of_this_checkout() -> Mapping[str, str]:
    from env.development import defaults
    from env.services.places import ROOT
    from env.variables import load

    return defaults(load(ROOT).tiers)


def from_files(
    procfile: Path, manifest: Path | None, name: str, defaults: Mapping[str, str]
) -> dict[str, str]:
    """What a run would give, when nothing runs."""
    from env.supervisor.configuration.environments import Environments
    from env.supervisor.run import read_plan

    plan = read_plan(procfile, manifest, only=[name] if name else [])
    environments = Environments(procfile.resolve().parent, plan, defaults)
    return environments.of(next(x for x in plan if x.service == name)) if name else environments.of_all()


def merged(ours: Mapping[str, str], stack: Mapping[str, str]) -> dict[str, str]:
    """The stack's values win, except where they describe another terminal; what only we have is kept."""
    terminal = {name: ours[name] for name in _OF_THE_TERMINAL if name in ours}
    strange = {name for name in _OF_THE_TERMINAL if name not in ours}
    return {**ours, **{name: value for name, value in stack.items() if name not in strange}, **terminal}


def execute(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Becomes the command, so that terminal, signals and exit code are its own."""
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        if sys.platform == "win32":  # there exec would end this process and leave the command to itself
            import subprocess

            return subprocess.call(command, env=environment)
        os.execvpe(command[0], list(command), environment)  # noqa: S606
    except FileNotFoundError:
        hint = "write the name of a program, then its arguments; for shell syntax: run -- sh -c '...'"
        print(Problem("run", f"no program '{command[0]}'", hint), file=sys.stderr)
        return NOT_FOUND_CODE
    except OSError as error:
        hint = "make it an executable file or name the interpreter first"
        print(Problem("run", f"'{command[0]}': {error.strerror}", hint), file=sys.stderr)
        return NOT_EXECUTABLE_CODE


def typed(argv: Sequence[str]) -> list[str]:
    """What follows `--`; Invoke itself keeps only a string of it, without the borders of the words."""
    return list(argv[argv.index("--") + 1 :]) if "--" in argv else []
