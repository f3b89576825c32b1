"""A start in the background as on Windows, on POSIX: `python -m env.tests.supervisor.relaunched FOLDER`."""

import sys
from pathlib import Path

from env.supervisor.detach import follow
from env.supervisor.problems import SupervisorError
from env.supervisor.run import report, run
from env.supervisor.windows.relaunch import Relaunch, is_relaunched

if __name__ == "__main__":
    place = Path(sys.argv[1])
    state_dir = place / ".dev"
    if not is_relaunched():
        sys.exit(follow(state_dir, Relaunch))
    try:
        sys.exit(run(place / "Procfile", place / "manifest.toml", state_dir=state_dir))
    except SupervisorError as error:
        report(error)
        sys.exit(1)
