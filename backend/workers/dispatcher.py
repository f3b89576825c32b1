"""Outbox to Celery. A message is sent before its row is deleted: it may be sent twice, never not at all."""

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Row, text

from backend.utility.logging_config import get_logger

_log = get_logger(__name__)

# What a job may have waiting in the queue; the rest stays here, so that a small job need not wait for a huge.
JOB_WINDOW = 16
_BATCH = 200

_NEXT = text("""
    with message as (
        select o.id, o.task, c.id as chunk_id, c.crawl_job_id, c.state,
               o.task <> 'crawl_chunk' or c.state = 'pending' as is_due
        from outbox o
             left join job_chunks c
             on c.id = case when o.payload ->> 'chunk_id' ~ '^[0-9a-f-]{36}$'
                            then (o.payload ->> 'chunk_id')::uuid end
    ), waiting as (
        select m.id, m.chunk_id, m.is_due,
               case when m.is_due and m.chunk_id is not null
                    then row_number() over (partition by m.crawl_job_id, m.is_due order by m.id)
                         + coalesce(d.number, 0)
                    else 0 end as place
        from message m
             left join (select crawl_job_id, count(*) as number from job_chunks
                        where state = 'dispatched' group by crawl_job_id) d using (crawl_job_id)
    )
    select o.id, o.task, o.payload, w.chunk_id, w.is_due
    from outbox o join waiting w using (id)
    where w.place <= :window
    order by w.place, o.id limit :batch
    for update of o skip locked
""")

_MARK = text("""
    update job_chunks set state = 'dispatched'
    where id = any(cast(:chunk_ids as uuid[])) and state = 'pending'
""")

_DELETE = text("delete from outbox where id = any(:ids)")


class Sender(Protocol):
    def send_task(self, name: str, *, kwargs: dict[str, Any]) -> object: ...


def dispatch(database: Engine, sender: Sender, known_tasks: frozenset[str], window: int = JOB_WINDOW) -> int:
    """Send what may go; return how many messages left."""
    total = 0
    while True:
        with database.begin() as connection:
            rows = connection.execute(_NEXT, {"window": window, "batch": _BATCH}).all()
            total += _send(connection, sender, known_tasks, rows)
        if len(rows) < _BATCH:
            return total


def _send(
    connection: Connection, sender: Sender, known_tasks: frozenset[str], rows: Sequence[Row[Any]]
) -> int:
    sent = [row for row in rows if row.is_due and _is_known(row.task, known_tasks)]
    for row in sent:
        sender.send_task(row.task, kwargs=row.payload)
    chunk_ids = [row.chunk_id for row in sent if row.chunk_id is not None]
    if chunk_ids:
        connection.execute(_MARK, {"chunk_ids": chunk_ids})
    if rows:
        connection.execute(_DELETE, {"ids": [row.id for row in rows]})
    return len(sent)


def _is_known(task: str, known_tasks: frozenset[str]) -> bool:
    if task in known_tasks:
        return True
    _log.error("message dropped: no such task", task=task)
    return False
