"""The end of a job. Anybody may call it at any time, any number of times: the lock on the job row decides."""

from uuid import UUID

from sqlalchemy import Connection, text

from backend.utility.logging_config import get_logger
from backend.workers.leases import Claim, close_chunk

_log = get_logger(__name__)

_LOCK = text("select status from crawl_jobs where id = :job_id for no key update")

_CANCEL_WAITING = text("""
    update job_chunks set state = 'cancelled'
    where crawl_job_id = :job_id and state in ('pending', 'dispatched')
""")

_HAS_OPEN_CHUNKS = text("""
    select exists (
        select from job_chunks where crawl_job_id = :job_id and state in ('pending', 'dispatched', 'running')
    )
""")

_TALLY = text("""
    select count(*) as urls_total,
           count(*) filter (where state <> 'pending') as urls_done,
           count(*) filter (where state = 'stored') as images_stored,
           count(*) filter (where state = 'duplicate') as images_duplicate,
           count(*) filter (where state = 'rejected') as urls_rejected,
           count(*) filter (where state = 'failed') as urls_failed
    from crawl_urls where crawl_job_id = :job_id
""")

# Images before pages: that the page was read says nothing about why no image came of it.
_MAIN_REASON = text("""
    select reason from crawl_urls
    where crawl_job_id = :job_id and state in ('rejected', 'failed') and reason is not null
    group by kind, reason order by kind, count(*) desc, reason limit 1
""")

_FINISH = text("""
    update crawl_jobs
    set status = :status, error = :error, finished_at = now(), version = version + 1,
        urls_total = :urls_total, urls_done = :urls_done, images_stored = :images_stored,
        images_duplicate = :images_duplicate, urls_rejected = :urls_rejected, urls_failed = :urls_failed
    where id = :job_id
""")


def settle_job(connection: Connection, job_id: UUID) -> str | None:
    """Finish the job if nothing of it is left to do; return the status it got, None when it goes on."""
    job = {"job_id": job_id}
    status = connection.execute(_LOCK, job).scalar()
    if status not in ("running", "stopping"):
        return None
    if status == "stopping":
        connection.execute(_CANCEL_WAITING, job)
    if connection.execute(_HAS_OPEN_CHUNKS, job).scalar():
        return None
    # Counted afresh from the ledger, so that no sum of increments has the last word.
    tally = dict(connection.execute(_TALLY, job).mappings().one())
    final, error = _verdict(connection, job_id, status, tally)
    connection.execute(_FINISH, {**job, **tally, "status": final, "error": error})
    _log.info("job finished", crawl_job_id=str(job_id), status=final, error=error, **tally)
    return final


def finish_chunk(connection: Connection, claim: Claim, state: str) -> None:
    """Close the chunk and, when it was the last one, the job."""
    connection.execute(_LOCK, {"job_id": claim.job_id})
    close_chunk(connection, claim, state)
    settle_job(connection, claim.job_id)


def _verdict(
    connection: Connection, job_id: UUID, status: str, tally: dict[str, int]
) -> tuple[str, str | None]:
    if status == "stopping":
        return "stopped", None
    if tally["images_stored"] or tally["images_duplicate"]:
        return "completed", None
    reason = connection.execute(_MAIN_REASON, {"job_id": job_id}).scalar() or "no_images"
    return "failed", reason if reason == "no_images" else f"all_failed:{reason}"
