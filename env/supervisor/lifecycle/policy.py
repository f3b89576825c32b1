"""What the exit of a process means for the others."""

from enum import Enum, auto

from env.supervisor.configuration.specification import Specification


class Outcome(Enum):
    COMPLETED = auto()
    RETURNS = auto()
    FAILED_ALONE = auto()
    ENDS_THE_RUN = auto()


def outcome(specification: Specification, code: int, is_waited_for: bool) -> Outcome:
    """Honcho's rule, unless `restart` is declared: then it is its own affair if nobody waits for it."""
    if specification.returns_after(code):
        return Outcome.RETURNS
    if code == 0 and specification.may_finish:
        return Outcome.COMPLETED
    if specification.settings.restart and not is_waited_for:
        return Outcome.FAILED_ALONE
    return Outcome.ENDS_THE_RUN
