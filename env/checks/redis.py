from env.checks.programs import answers
from env.checks.result import Result
from env.services.redis.server import redis_binary

NAME = "redis"


def run() -> Result:
    return answers(redis_binary)
