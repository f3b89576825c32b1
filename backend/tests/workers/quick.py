"""The real application with short times: `-A backend.tests.workers.quick:app`; run as a module, the scheduler."""

from backend.tests.workers.times import QUICK
from backend.workers.app import app
from backend.workers.scheduler import main

app.conf.timing = QUICK

if __name__ == "__main__":
    main(QUICK)
