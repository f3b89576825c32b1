import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from types import FrameType

from fastapi import FastAPI

from backend.api.state import AppState
from backend.core.net.jwks import JwksCache
from backend.core.net.notifications import NotificationHub
from backend.core.net.redis import check_redis_available, connect_redis
from backend.core.settings import CommonSettings
from backend.database.session import Database
from backend.services.capabilities import CapabilitySigner
from backend.services.health import HealthMonitor
from backend.services.progress import ProgressRow, progress_loader
from backend.services.supabase_auth import TokenVerifier
from backend.storage import LocalStorage

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def lifespan_of(settings: CommonSettings) -> Callable[[FastAPI], AbstractAsyncContextManager[AppState]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[AppState]:
        redis = connect_redis(settings.redis.dsn)
        database = Database.connect(settings.database)
        storage = LocalStorage(settings.storage.local_path)
        events: NotificationHub[ProgressRow] = NotificationHub(
            settings.database.dsn, "crawl_job", progress_loader(database)
        )
        try:
            await check_redis_available(redis, is_required=settings.is_production)
            async with events.running():
                with _told_to_stop(events.close):
                    yield AppState(
                        settings=settings,
                        database=database,
                        redis=redis,
                        verifier=TokenVerifier(
                            JwksCache(settings.supabase.jwks_url), settings.supabase.issuer
                        ),
                        signer=CapabilitySigner(settings.storage.signing_key.get_secret_value()),
                        storage=storage,
                        job_events=events,
                        health=HealthMonitor(database, redis, storage),
                    )
        finally:
            await redis.aclose()
            await database.close()

    return lifespan


@contextmanager
def _told_to_stop(callback: Callable[[], None]) -> Iterator[None]:
    """Hears the signal before the server does: it waits for open streams before it ends the lifespan."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    earlier = {number: signal.getsignal(number) for number in _STOP_SIGNALS}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(callback)
        before = earlier[signal.Signals(number)]
        if callable(before):
            before(number, frame)

    for number in _STOP_SIGNALS:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, before in earlier.items():
            signal.signal(number, before)
