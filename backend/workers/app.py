"""The Celery application: `celery -A backend.workers.app:app worker`.

Redis carries hints and may lose them; PostgreSQL holds every fact. Hence no results, retries or schedules; a
message is acknowledged on arrival, and work that dies with its worker returns when its lease runs out.
"""

import logging
import sys
import warnings
from functools import cached_property
from typing import Any

from celery import Celery
from celery.apps.worker import Worker
from celery.exceptions import CPendingDeprecationWarning
from celery.platforms import SecurityWarning
from celery.signals import setup_logging, worker_shutting_down
from kombu.entity import Exchange, Queue

from backend.core.settings import get_settings, settings_or_exit
from backend.utility.logging_config import configure_logging
from backend.workers import broker_log
from backend.workers.pulse import Pulse
from backend.workers.shutdown import stop_soon
from backend.workers.timing import Timing

QUEUE = "pixcrawler"
_MEMORY_KIBIBYTES = 512 * 1024
# Said to whoever runs as root; what it warns of, code in messages, JSON cannot carry.
warnings.filterwarnings("ignore", category=SecurityWarning)
# Said at each loss of the broker, of a change that comes with Celery 6; it is about late acknowledgement.
warnings.filterwarnings("ignore", category=CPendingDeprecationWarning, module="celery.worker.consumer")

_CHATTER = ("celery.worker.strategy", "celery.app.trace")


class QuietWorker(Worker):
    """Without banner, and without the two steps by which workers listen to each other."""

    def __init__(self, app: Celery | None = None, **options: object) -> None:
        options |= {"quiet": True, "without_gossip": True, "without_mingle": True}
        super().__init__(app, **options)


class PixCrawler(Celery):
    @cached_property
    def Worker(self) -> type[QuietWorker]:  # noqa: N802
        worker: type[QuietWorker] = self.subclass_with_self(QuietWorker)
        return worker


def _configuration() -> dict[str, Any]:
    settings = settings_or_exit()
    return {
        "broker_url": settings.celery.broker_url.get_secret_value(),
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_connection_timeout": 2,
        "broker_transport_options": {
            # Longer than any task; what is lost within it, the reconciler sends again much sooner.
            "visibility_timeout": 600,
            "socket_connect_timeout": 2,
            "socket_timeout": 10,
            "socket_keepalive": True,
            "health_check_interval": 10,
        },
        "task_queues": [_queue()],
        "task_default_queue": QUEUE,
        "task_default_exchange": "",
        "task_default_routing_key": QUEUE,
        "task_publish_retry": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_acks_late": False,
        "task_time_limit": settings.celery.task_time_limit,
        "worker_prefetch_multiplier": 1,
        "worker_disable_prefetch": True,
        "worker_pool": "threads" if sys.platform == "win32" else "prefork",
        "worker_concurrency": settings.celery.worker_concurrency,
        "worker_max_memory_per_child": _MEMORY_KIBIBYTES,
        "worker_soft_shutdown_timeout": 10.0,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_enable_prefetch_count_reduction": False,
        "worker_enable_remote_control": False,
        "worker_redirect_stdouts": False,
        # A chunk goes back to the queue well before Celery would kill it.
        "timing": Timing(chunk_seconds=min(60.0, settings.celery.task_time_limit / 2)),
    }


def _queue() -> Queue:
    # The anonymous exchange needs no binding in Redis, so a flush cannot unbind the queue.
    return Queue(QUEUE, Exchange(""), routing_key=QUEUE)


def create_app() -> Celery:
    app = PixCrawler("pixcrawler", include=["backend.workers.tasks"], set_as_current=True)
    # Read when it is first needed: importing this module takes no environment.
    app.add_defaults(_configuration)
    app.steps["consumer"].add(Pulse)
    return app


@setup_logging.connect
def _log_like_everybody_else(loglevel: int | None = None, **_: object) -> None:
    settings = get_settings()
    level = logging.getLevelName(loglevel) if loglevel else settings.log_level
    configure_logging(level=level, json=settings.is_production)
    for name in _CHATTER:
        logging.getLogger(name).setLevel(logging.WARNING)
    broker_log.quieten()


worker_shutting_down.connect(stop_soon, weak=False)

app = create_app()
