"""A Deployment a process, a Job where it is meant to end, a Service where it listens.

An awaited one-shot becomes an init container of everyone who waits for it: it runs before each of their
starts, so it has to bear being run again and beside itself, as a migration under a lock does.
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from math import ceil
from pathlib import Path
from typing import Any

from env.exports.application import Application, Service
from env.exports.base import Export, lonely, unsupported
from env.exports.files import File
from env.exports.grammars import KUBECTL_LINE, read_differently
from env.exports.probes import check_argv, connect_argv, host_and_port, path_of, until
from env.exports.quoting import undollared
from env.supervisor.configuration.specification import Check, Condition, Healthcheck

# While the pod leaves its Service, clients still come.
LEAVE_SECONDS = 5
# Beyond the process' own grace, which begins after that.
MARGIN_SECONDS = 10
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Kubernetes(Export):
    target = "kubernetes"

    def files(self, app: Application) -> Iterable[File]:
        app = app.in_containers()
        names = _object_names(app)
        yield self.fill(
            "kubernetes.yaml",
            f"{app.name}.yaml",
            app=app,
            pods=[
                {
                    "service": service,
                    "name": names[service.name],
                    "container": container_name(service.name),
                    "inits": list(_init_containers(app, service, names)),
                    "unasked": _unasked(app, service),
                    "secrets": [secret_name(app, path) for path in service.env_files],
                    "grace_seconds": ceil(service.settings.stop_grace_seconds) + MARGIN_SECONDS,
                    "pre_stop": _pre_stop(service),
                    **_probes(service),
                }
                for service in app.services
                if not service.is_awaited
            ],
        )

    def notes(self, app: Application) -> Iterator[str]:
        app = app.in_containers()
        yield from lonely(app)
        yield from read_differently(app, "kubectl", KUBECTL_LINE)
        for service in app.services:
            if not service.gets_signals:
                yield f"{service.name}: a shell is process 1 and ignores SIGTERM; let exec be its last step"
            for name in _unasked(app, service):
                yield f"{service.name} starts without waiting for {name}'s health: it has no port to ask"

    def next_command(self, app: Application, out: Path) -> str:
        named = dict.fromkeys(path for service in app.services for path in service.env_files)
        files = [path for path in named if (app.root / path).exists()]
        secrets = [
            [
                "kubectl",
                "create",
                "secret",
                "generic",
                secret_name(app, path),
                f"--from-env-file={app.root / path}",
            ]
            for path in files
        ]
        return " && ".join(map(shlex.join, [*secrets, ["kubectl", "apply", "-f", f"{out}/{app.name}.yaml"]]))


def _object_names(app: Application) -> dict[str, str]:
    names: dict[str, str] = {}
    for service in app.services:
        name = f"{app.name}-{container_name(service.name)}"
        if name in names.values() or len(name) > 63:
            hint = "rename one: names there have small letters, digits and '-', and at most 63 of them"
            raise unsupported(service.name, f"Kubernetes cannot call it '{name}'", hint)
        names[service.name] = name
    return names


def container_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "x"


def secret_name(app: Application, path: str) -> str:
    """`backend/.env.local` -> app-backend-env-local"""
    return f"{app.name}-{container_name(path)}"


def _init_containers(app: Application, service: Service, names: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Waits and one-shots, in an order in which each finds what it needs."""
    seen: set[str] = set()

    def before(who: Service) -> Iterator[dict[str, Any]]:
        for name, condition in who.settings.depends_on.items():
            if name in seen:
                continue
            other = app.service(name)
            if condition is Condition.COMPLETED:
                seen.add(name)
                yield from before(other)
                yield {"name": container_name(name), "argv": other.argv, "service": other}
            elif condition is Condition.HEALTHY and other.settings.ports:
                seen.add(name)
                port = other.settings.ports[0]
                argv = until(connect_argv("python", names[name], port, 3))
                yield {
                    "name": f"wait-for-{container_name(name)}"[:63].rstrip("-"),
                    "argv": argv,
                    "service": None,
                }

    for container in before(service):
        owner = container["service"]
        secrets = [secret_name(app, path) for path in owner.env_files] if owner else []
        yield {**container, "secrets": secrets}


def _unasked(app: Application, service: Service) -> list[str]:
    """Whom it should find healthy, but who has no Service that would tell."""
    return [name for name in service.after(Condition.HEALTHY) if not app.service(name).settings.ports]


def _probes(service: Service) -> dict[str, object]:
    check = service.settings.healthcheck
    handler = _handler(check) if check else None
    if not check or not handler:
        return {"startup": None, "readiness": None, "liveness": None}
    pace = {"periodSeconds": ceil(check.interval_seconds), "timeoutSeconds": ceil(check.timeout_seconds)}
    return {
        "startup": {
            **handler,
            "periodSeconds": 1,
            "timeoutSeconds": ceil(check.timeout_seconds),
            "failureThreshold": max(1, ceil(check.start_period_seconds)),
        },
        "readiness": {**handler, **pace, "failureThreshold": check.retries},
        "liveness": {**handler, **pace, "failureThreshold": 2 * check.retries},
    }


def _handler(check: Healthcheck) -> dict[str, object] | None:
    """Asked from outside, at the pod's own address, as its clients ask."""
    match check.kind, check.target:
        case ((Check.TCP | Check.HTTP), str() as target) if host_and_port(target)[0] in LOOPBACK:
            port = host_and_port(target)[1]
            if check.kind is Check.TCP:
                return {"tcpSocket": {"port": port}}
            return {"httpGet": {"path": path_of(target), "port": port}}
        case _:
            argv = check_argv(check, "python")
            return {"exec": {"command": undollared(argv)}} if argv else None


def _pre_stop(service: Service) -> list[str] | None:
    """Kubernetes sends SIGTERM: another signal has to come before, and be waited for."""
    steps = []
    if service.settings.ports:
        steps.append(f"sleep {LEAVE_SECONDS}")
    if (signal := service.settings.stop_signal.name) != "SIGTERM":
        steps += [f"kill -s {signal.removeprefix('SIG')} 1", "while kill -0 1; do sleep 0.1; done"]
    return ["/bin/sh", "-c", "; ".join(steps)] if steps else None
