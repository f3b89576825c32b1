"""The production processes in the foreground: `invoke start`, or `python -m env.start [NAME…]` as process 1.

The imports stand inside: process 1 has no default actions, so until `main` has set a handler a SIGTERM is
lost, and with it the container's chance to end in order.
"""

import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from env.supervisor.configuration.specification import Specification

HOSTS = {"web": "WEB_HOST", "api": "UVICORN_HOST"}


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
        listening: dict[str, str] = {}
        return run(
            procfile,
            manifest,
            state_dir=STATE,
            only=only,
            is_watching=False,
            on_ports=lambda ports: listening.update(addresses(plan, ports, ROOT)),
            on_ready=lambda: announce(listening, is_json=is_json),
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


def announce(listening: Mapping[str, str], *, is_json: bool) -> None:
    text = "PixCrawler is ready."
    if is_json:
        import json

        print(json.dumps({"event": "addresses", "message": text, "addresses": dict(listening)}), flush=True)
        return
    shown = "".join(f"\n  {name:<4} {address}" for name, address in listening.items())
    print(f"\n{text}\n{shown}\n", flush=True)


def addresses(plan: Sequence["Specification"], moved: Mapping[int, int], root: "Path") -> dict[str, str]:
    """Where those of the plan listen that listen at all; what their env files say counts too."""
    from env.supervisor.configuration.environments import Environments

    environments = Environments(root, plan)
    found = {}
    for process in plan:
        if process.settings.ports and (variable := HOSTS.get(process.name)):
            host = environments.of(process).get(variable) or "127.0.0.1"
            port = process.settings.ports[0]
            found[process.name] = f"http://{f'[{host}]' if ':' in host else host}:{moved.get(port, port)}"
    return found


def main(names: Sequence[str]) -> int:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    return start_production(only=names)


def _leave(number: int, _frame: object) -> None:
    """Until the supervisor has handlers of its own."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
