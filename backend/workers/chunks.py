"""A chunk from claim to end. Safe to run twice, late, or never: the lease and the fence decide."""

from collections.abc import Callable
from uuid import UUID

from structlog.contextvars import bound_contextvars

from backend.utility.logging_config import get_logger
from backend.workers.discovery import discover_pages
from backend.workers.fetching import fetch_images
from backend.workers.leases import Claim, LostFenceError, claim_chunk, give_up_lease
from backend.workers.workplace import Workplace

_log = get_logger(__name__)

_WORK: dict[str, Callable[[Claim, Workplace], None]] = {"discover": discover_pages, "fetch": fetch_images}


def crawl_chunk(chunk_id: UUID, place: Workplace) -> None:
    with place.database.begin() as connection:
        claim = claim_chunk(connection, chunk_id, place.owner, place.timing)
    if claim is None:
        _log.debug("chunk is not to be had", chunk_id=str(chunk_id))
        return
    with bound_contextvars(crawl_job_id=str(claim.job_id), chunk_id=str(chunk_id), attempt=claim.attempt):
        try:
            _WORK[claim.kind](claim, place)
        except LostFenceError:
            _log.warning("lease lost; nothing more is written")
        except Exception as error:
            _give_up(claim, place, error)
            raise


def _give_up(claim: Claim, place: Workplace, error: Exception) -> None:
    with place.database.begin() as connection:
        give_up_lease(connection, claim, f"{type(error).__name__}: {error}".replace("\0", "")[:500])
