"""What can be wrong before a process is started; every error carries what mends it."""

from collections.abc import Iterable
from typing import NamedTuple

_LONGEST = 500


class Problem(NamedTuple):
    where: str
    what: str
    hint: str

    def __str__(self) -> str:
        return f"{_shown(self.where)}: {_shown(self.what)}\n    -> {_shown(self.hint)}"


def _shown(text: str) -> str:
    """What stands in a file may be meant for the terminal, or be endless."""
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class SupervisorError(Exception):
    """A run that cannot begin; nothing was started."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(map(str, self.problems)))


class ConfigurationError(SupervisorError):
    """The Procfile, the manifest or the selection on the command line is wrong."""


class AlreadyRunningError(SupervisorError):
    """Another supervisor of this checkout is alive."""


class NotRunningError(SupervisorError):
    """A client was asked to talk to a supervisor that is not there."""


class RefusedError(SupervisorError):
    """The running supervisor could not do what a client asked for."""


class SilentError(RefusedError):
    """The running supervisor did not answer in time: it is busy, or was paused. That it is there is sure."""


class PortTakenError(SupervisorError):
    """A declared port belongs to somebody else."""


def closest(name: str, known: Iterable[str]) -> str:
    """A hint that names what was probably meant, or else what there is."""
    import difflib  # only on the way to an error

    known = sorted(known)
    if match := difflib.get_close_matches(name, known, n=1):
        return f"did you mean '{match[0]}'?"
    return f"known: {', '.join(known)}" if known else "there is none yet"
