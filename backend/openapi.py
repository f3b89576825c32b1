"""Writes the API's description to standard output, without settings and without a server.

`python -m backend.openapi > frontend/lib/api/openapi.json`
"""

import json
import sys

from backend.api.application import build_api


def render() -> str:
    return json.dumps(build_api().openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
