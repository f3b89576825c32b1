"""A compose file: the manifest's own words. Paths in it are relative to `--project-directory`."""

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from env.exports.application import Application, Service
from env.exports.base import Export, lonely
from env.exports.files import File
from env.exports.grammars import COMPOSE_LINE, read_differently
from env.exports.probes import check_argv
from env.supervisor.configuration.specification import Condition


class Compose(Export):
    target = "compose"

    def files(self, app: Application) -> Iterable[File]:
        app = app.in_containers()
        yield self.fill(
            "compose.yaml",
            "compose.yaml",
            app=app,
            checks={service.name: _healthcheck(service) for service in app.services},
            dependencies={service.name: dict(_dependencies(app, service)) for service in app.services},
        )

    def notes(self, app: Application) -> Iterator[str]:
        app = app.in_containers()
        yield from super().notes(app)
        yield from lonely(app)
        yield from read_differently(app, "compose", COMPOSE_LINE, "put the value in single quotes")

    def next_command(self, app: Application, out: Path) -> str:
        where = ["--project-directory", str(app.root), "-f", f"{out}/compose.yaml"]
        return shlex.join(["docker", "compose", *where, "up", "--detach"])


def _healthcheck(service: Service) -> list[str] | None:
    check = service.settings.healthcheck
    argv = check_argv(check, "python") if check and not service.is_awaited else None
    return ["CMD", *argv] if argv else None


def _dependencies(app: Application, service: Service) -> Iterator[tuple[str, Condition]]:
    for name, condition in service.settings.depends_on.items():
        is_asked = condition is not Condition.HEALTHY or _healthcheck(app.service(name))
        yield name, condition if is_asked else Condition.STARTED
