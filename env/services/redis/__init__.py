"""Redis without installation. `python -m env.services.redis` runs the development server."""

from env.services.redis.server import redis_binary, server_command
from env.services.redis.temporary import temporary_redis

__all__ = ["redis_binary", "server_command", "temporary_redis"]
