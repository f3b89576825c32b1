"""How every command ends: an exit code, and on failure the reason with what mends it."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from env.supervisor.problems import Problem, SupervisorError

P = ParamSpec("P")
GONE_CODE = 141
INTERRUPTED_CODE = 130


def explained(command: Callable[P, int | None]) -> Callable[P, int]:
    """The command's own code, or 0 when it did what it says; 1 with the reason when it could not."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> int:
        try:
            code = command(*arguments, **options)
            sys.stdout.flush()
        except SupervisorError as error:
            print(error, file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print(file=sys.stderr)
            return INTERRUPTED_CODE
        except BrokenPipeError:  # `| head` has seen enough; the flush at exit would complain again
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            return GONE_CODE
        return code or 0

    return run


def whole_number(option: str, typed: str) -> int:
    """As it was typed: Invoke would meet a word that is no number with a traceback."""
    if not typed.isdecimal():
        raise SupervisorError([Problem(option, f"not a number from 0: '{typed}'", f"write {option} 100")])
    return int(typed)


def seconds(option: str, typed: str) -> float:
    """`90`, `1.5`, `90s`, `1m30s`."""
    from env.supervisor.configuration.values import Malformed, parse_duration  # few commands take a time

    try:
        return parse_duration(float(typed) if typed.replace(".", "", 1).isdecimal() else typed)
    except Malformed as error:
        raise SupervisorError([Problem(option, error.what, error.hint)]) from None
