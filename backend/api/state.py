from typing import TypedDict, cast

from redis.asyncio import Redis
from starlette.requests import HTTPConnection

from backend.core.net.notifications import NotificationHub
from backend.core.settings import CommonSettings
from backend.database.session import Database
from backend.services.capabilities import CapabilitySigner
from backend.services.health import HealthMonitor
from backend.services.progress import ProgressRow
from backend.services.supabase_auth import TokenVerifier
from backend.storage import Storage


class AppState(TypedDict):
    """What lives as long as the process. Made by the lifespan, closed by it."""

    settings: CommonSettings
    database: Database
    redis: Redis
    verifier: TokenVerifier
    signer: CapabilitySigner
    storage: Storage
    job_events: NotificationHub[ProgressRow]
    health: HealthMonitor


def app_state(connection: HTTPConnection) -> AppState:
    return cast("AppState", connection.scope["state"])
