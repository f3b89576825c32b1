import asyncio
import subprocess
from pathlib import Path

from backend.core.net.redis import connect_redis, is_redis_alive
from env.services.places import free_port
from env.services.redis.server import server_command


def _serve(command: list[str]) -> subprocess.Popen:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def test_a_restarted_redis_answers_at_once(tmp_path: Path):
    """What broke are the connections of before, which are found out at their next use."""
    port = free_port()
    command = server_command(tmp_path, port, durable=False)

    async def answers(redis, seconds: float = 20) -> bool:
        for _ in range(int(seconds / 0.05)):
            if await is_redis_alive(redis):
                return True
            await asyncio.sleep(0.05)
        return False

    async def work() -> None:
        redis, other = (connect_redis(f"redis://127.0.0.1:{port}/0") for _ in range(2))
        server = _serve(command)
        try:
            assert await answers(redis)
            server.kill()
            server.wait()
            server = _serve(command)
            assert await answers(other)
            assert await is_redis_alive(redis)
        finally:
            server.kill()
            server.wait()
            await redis.aclose()
            await other.aclose()

    asyncio.run(work())
