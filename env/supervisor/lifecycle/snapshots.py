"""A process as the clients see it."""

from typing import Any

from env.supervisor.lifecycle.process import Process
from env.supervisor.lifecycle.usage import Usage


def snapshot(process: Process, usage: Usage) -> dict[str, Any]:
    is_alive = process.is_alive
    return {
        "name": process.name,
        "command": process.specification.command,
        "state": process.state,
        "health": process.health,
        "is_ready": process.is_ready,
        "pid": process.pid if is_alive else None,
        "exit_code": process.exit_code,
        "reason": process.reason,
        "restarts": process.restarts,
        "started_at": process.started_clock if is_alive else None,
        "uptime_seconds": round(process.uptime_seconds, 3) if is_alive else None,
        "ports": list(process.specification.settings.ports),
        **process.milestones.facts(),
        **usage._asdict(),
    }
