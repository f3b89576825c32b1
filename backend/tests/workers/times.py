from backend.workers.timing import Timing

QUICK = Timing(
    lease_seconds=2,
    heartbeat_seconds=0.3,
    batch_seconds=0.1,
    poll_seconds=0.2,
    reconcile_seconds=0.3,
    sweep_seconds=0.3,
    resend_seconds=1.5,
)
