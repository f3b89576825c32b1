from env.checks.programs import answers
from env.checks.result import Result
from env.services.node import node_binary

NAME = "node"


def run() -> Result:
    return answers(node_binary)
