"""`start --name`, `stop`, `restart` and `wait`: what they say when it is done."""

from pathlib import Path
from typing import Any

from env.commands.outcome import explained, seconds
from env.supervisor.control import client
from env.supervisor.control.waiting import wait as until_ready
from env.supervisor.problems import NotRunningError


@explained
def start(state_dir: Path, name: str) -> None:
    for process in client.change(state_dir, "start", name):
        print(f"{process['name']} {_life(process)}")


@explained
def restart(state_dir: Path, name: str) -> None:
    for process in client.change(state_dir, "restart", name):
        print(f"restarted {process['name']}: {_life(process)}")


@explained
def stop(state_dir: Path, name: str | None) -> None:
    """Nothing to stop is no fault: what was asked for is so."""
    if name:
        for process in client.change(state_dir, "stop", name):
            print(f"stopped {process['name']}")
        return
    try:
        client.stop(state_dir)
    except NotRunningError:
        print("nothing runs here")
    else:
        print("stopped; nothing is left running")


@explained
def wait(state_dir: Path, timeout: str) -> None:
    answer = until_ready(state_dir, seconds("--timeout", timeout))
    print(f"ready after {answer['ready_after_seconds']:.2f} s")


def _life(process: dict[str, Any]) -> str:
    if process["pid"]:
        return f"{process['state']}, pid {process['pid']}"
    return str(process["state"])
