"""The production processes in the foreground: `invoke start`, or `python -m env.start [NAME…]` as process 1.

The imports stand inside: process 1 has no default actions, so until `main` has set a handler a SIGTERM is
lost, and with it the container's chance to end in order.
"""

import os
import signal
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from env.supervisor.configuration.specification import Specification

SERVERS = {
    "web": ("WEB_HOST", "WEB_PORT"),
    "api": ("UVICORN_HOST", "UVICORN_PORT"),
}


def start_production(*, only: Sequence[str] = (), is_json: bool = False) -> int:
    """The exit code: 143 after a SIGTERM that left nothing behind."""
    from env.services.places import ROOT, STATE
    from env.supervisor.problems import SupervisorError
    from env.supervisor.run import read_plan, report, run

    procfile, manifest = ROOT / "Procfile.prod", ROOT / "pyproject.toml"
    try:
        plan = read_plan(procfile, manifest, only=only, is_watching=False)
        if not is_configured(process.name for process in plan):
            return 1
        listening = "".join(f"\n  {name:<4} {address}" for name, address in addresses(plan).items())
        return run(
            procfile,
            manifest,
            state_dir=STATE,
            only=only,
            is_watching=False,
            on_ready=lambda: print(f"\nPixCrawler is ready.\n{listening}\n", flush=True),
            is_json=is_json,
        )
    except SupervisorError as error:
        report(error)
        return 1


def is_configured(names: Iterable[str]) -> bool:
    """Asked in a process of its own: what it loads to know would stay in this one for as long as it lives."""
    import subprocess

    command = [sys.executable, "-m", "env.production", *names]
    return subprocess.run(command, check=False).returncode == 0


def addresses(plan: Iterable["Specification"]) -> dict[str, str]:
    """Where those of the plan listen that listen at all."""
    ports = {process.name: process.settings.ports for process in plan}
    return {
        name: f"http://{os.environ.get(host, '127.0.0.1')}:{os.environ.get(port, ports[name][0])}"
        for name, (host, port) in SERVERS.items()
        if ports.get(name)
    }


def main(names: Sequence[str]) -> int:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    return start_production(only=names)


def _leave(number: int, _frame: object) -> None:
    """Until the supervisor has handlers of its own."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
