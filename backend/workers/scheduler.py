"""Dispatcher, reconciler and sweeper in one process: `python -m backend.workers.scheduler`."""

import signal
import sys
import time
from types import FrameType

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from backend.core.settings import settings_or_exit
from backend.storage import get_storage
from backend.utility.logging_config import configure_logging, get_logger
from backend.workers.app import app
from backend.workers.database import worker_engine
from backend.workers.dispatcher import dispatch
from backend.workers.duty import Duty
from backend.workers.listener import Listener
from backend.workers.reconciler import Reconciler
from backend.workers.sweeper import Sweeper
from backend.workers.timing import Timing

_log = get_logger(__name__)

TASKS = frozenset({"crawl_chunk", "build_export"})


def run(timing: Timing) -> None:
    database = worker_engine()
    duties = (
        Duty("dispatcher", lambda: dispatch(database, app, TASKS), 0),
        Duty("reconciler", Reconciler(database, timing).run, timing.reconcile_seconds),
        Duty("sweeper", Sweeper(database, get_storage()).run, timing.sweep_seconds),
    )
    with Listener(database, "outbox") as listener:
        while True:
            for duty in duties:
                duty.run_if_due()
            _wait(listener, timing.poll_seconds)


def _wait(listener: Listener, seconds: float) -> None:
    try:
        listener.wait(seconds)
    except (psycopg.Error, SQLAlchemyError):
        # The duties say what is wrong.
        time.sleep(seconds)


def _leave(*_: int | FrameType | None) -> None:
    """Safe at any point: a message sent and not yet deleted is sent again, and that does no harm."""
    _log.info("scheduler stopped")
    sys.exit(0)


def main(timing: Timing | None = None) -> None:
    settings = settings_or_exit()
    configure_logging(level=settings.log_level, json=settings.is_production)
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    _log.info("scheduler started")
    run(timing or Timing())


if __name__ == "__main__":
    main()
