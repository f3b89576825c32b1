"""What a supervisor that was killed could not end any more."""

import time
from collections.abc import Callable

from env.supervisor.processes.tree import ask, kill, marked

# In the environment of every child, and so of all its descendants.
RUN_VARIABLE = "PIXCRAWLER_RUN"

# A database that goes down in order.
GRACE_SECONDS = 10.0


def end_orphans(
    run_id: str, grace_seconds: float = GRACE_SECONDS, is_urgent: Callable[[], bool] = lambda: False
) -> int:
    """Ends every process of that run, wherever it was re-parented to; how many there were."""
    found = left = marked(RUN_VARIABLE, run_id)
    ask(left)
    deadline = time.monotonic() + grace_seconds
    while left:
        if is_urgent() or time.monotonic() >= deadline:
            kill(left)
        time.sleep(0.02)
        left = marked(RUN_VARIABLE, run_id)
    return len(found)
