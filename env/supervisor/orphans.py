"""What a supervisor that was killed could not end any more."""

import signal
import time

from env.supervisor.children import RUN_VARIABLE
from env.supervisor.tree import marked, send

GRACE_SECONDS = 5.0


def end_orphans(run_id: str) -> int:
    """Ends every process of that run, wherever it was re-parented to; how many there were."""
    found = left = marked(RUN_VARIABLE, run_id)
    send(signal.SIGTERM, left)
    send(signal.SIGCONT, left)
    deadline = time.monotonic() + GRACE_SECONDS
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = marked(RUN_VARIABLE, run_id)
    while left:
        send(signal.SIGKILL, left)
        time.sleep(0.02)
        left = marked(RUN_VARIABLE, run_id)
    return len(found)
