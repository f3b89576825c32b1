from functools import partial

from env.checks.programs import answers
from env.checks.result import Result
from env.services.postgres.binaries import binary

NAME = "postgres"


def run() -> Result:
    return answers(partial(binary, "postgres"))
