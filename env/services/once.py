"""Run a module to its end. `python -m env.services.once backend.database.migrate`

Under plain Honcho it then stays, because there the first end of a process, also a good one, ends them all.
"""

import os
import runpy
import signal
import sys
import time
from contextlib import suppress


def main() -> None:
    """A failure leaves with its own code."""
    if len(sys.argv) < 2:
        sys.exit("once: which module? For example: python -m env.services.once backend.database.migrate")
    module = sys.argv[1]
    del sys.argv[1]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code:
            raise
    if is_under_honcho():
        stay(module)


def is_under_honcho() -> bool:
    """Honcho and our own supervisor name their processes alike; only ours counts its runs."""
    # Thirty milliseconds, and others wait for a migration to be done.
    from env.supervisor.processes.children import NAME_VARIABLE
    from env.supervisor.processes.orphans import RUN_VARIABLE

    return NAME_VARIABLE in os.environ and RUN_VARIABLE not in os.environ


def stay(module: str) -> None:
    print(f"{module} is done and stays, because its end would end Honcho", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
