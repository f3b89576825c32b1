"""The real Celery application with one task more, which tells a folder when it begins and when it is done."""

import time
from pathlib import Path

from backend.workers.app import app


@app.task(name="survive")
def survive(folder: str, seconds: float) -> None:
    with Path(folder, "begun").open("a") as file:
        file.write("x")
    time.sleep(seconds)
    Path(folder, "done").touch()
