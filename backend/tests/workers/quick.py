"""The real application with short times: the worker by `-A`, the scheduler when it is run."""

from backend.tests.workers.times import QUICK
from backend.workers.app import app
from backend.workers.scheduler import main

app.conf.timing = QUICK

if __name__ == "__main__":
    main(QUICK)
