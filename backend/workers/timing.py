from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things may take, in seconds, and how often they are tried. Tests shorten them."""

    lease_seconds: float = 30.0
    heartbeat_seconds: float = 2.0
    batch_seconds: float = 0.5
    batch_results: int = 25
    # A chunk that takes longer goes back to the queue, so that no job holds a worker for itself.
    chunk_seconds: float = 60.0
    max_attempts: int = 5
    poll_seconds: float = 1.0
    reconcile_seconds: float = 5.0
    sweep_seconds: float = 10.0
    # A hint that nobody claimed within this time counts as lost.
    resend_seconds: float = 30.0
    # An export that is not ready by then never will be.
    export_seconds: float = 3600.0
