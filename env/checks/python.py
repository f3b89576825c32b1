import platform
import sys

from env.checks.result import Result, fail, ok

NAME = "python"
MINIMUM = (3, 11)


def run() -> Result:
    return judge(sys.version_info[:2], platform.python_version())


def judge(version: tuple[int, ...], shown: str) -> Result:
    if version < MINIMUM:
        wanted = ".".join(map(str, MINIMUM))
        return fail(f"{shown}, {wanted} or newer is needed", f"uv python install {wanted}")
    return ok(shown)
