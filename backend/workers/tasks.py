"""What a message can ask for. Each carries one id and may arrive twice, late, or never."""

import os
import socket
from functools import lru_cache
from uuid import UUID

from celery import Task

from backend.core.settings import get_settings
from backend.crawler import CrawlPolicy
from backend.exports.build import build_export as write_export
from backend.storage import get_storage
from backend.utility.logging_config import get_logger
from backend.workers import chunks
from backend.workers.app import app
from backend.workers.database import DATABASE_AWAY, first_line, worker_engine
from backend.workers.shutdown import is_stopping
from backend.workers.workplace import Workplace

_log = get_logger(__name__)

# A chunk goes back to the queue before its time is up; an archive is built in one go.
_EXPORT_SECONDS = 3600


@lru_cache
def _workplace() -> Workplace:
    settings = get_settings()
    return Workplace(
        database=worker_engine(),
        storage=get_storage(),
        policy=CrawlPolicy(
            user_agent=settings.crawler.user_agent, allowed_hosts=frozenset(settings.crawler.allowed_hosts)
        ),
        owner=f"{socket.gethostname()}:{os.getpid()}",
        timing=app.conf.timing,
        is_stopping=is_stopping,
    )


@app.task(name="crawl_chunk", bind=True)
def crawl_chunk(_: Task, chunk_id: str) -> None:
    try:
        chunks.crawl_chunk(UUID(chunk_id), _workplace())
    except DATABASE_AWAY as error:
        _log.warning(
            "interrupted; the lease brings the chunk back", chunk_id=chunk_id, reason=first_line(error)
        )


@app.task(name="build_export", bind=True, time_limit=_EXPORT_SECONDS)
def build_export(_: Task, export_id: str) -> None:
    place = _workplace()
    try:
        write_export(UUID(export_id), place.database, place.storage)
    except DATABASE_AWAY as error:
        _log.warning("interrupted; the export is sent again", export_id=export_id, reason=first_line(error))
