from env.checks.programs import answers
from env.checks.result import Result
from env.services.node import bun_binary

NAME = "bun"


def run() -> Result:
    return answers(bun_binary)
