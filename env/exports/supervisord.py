"""One file: a program a process, and a group a stage, since supervisord stops group after group."""

import re
import shlex
from collections.abc import Iterable, Iterator
from itertools import groupby
from json import dumps
from math import ceil
from pathlib import Path
from typing import NamedTuple

from env.exports import quoting
from env.exports.application import Application, Service
from env.exports.base import Export, unsupported
from env.exports.files import File
from env.exports.probes import check_argv
from env.supervisor.configuration.specification import Condition, Restart
from env.supervisor.lifecycle.restart import CRASHES_OF_A_LOOP

AUTORESTART = {Restart.ALWAYS: "true", Restart.ON_FAILURE: "unexpected", Restart.NO: "false"}


class Program(NamedTuple):
    service: Service
    command: str
    environment: str
    autorestart: str
    stop_wait_seconds: int


class Supervisord(Export):
    target = "supervisord"

    def files(self, app: Application) -> Iterable[File]:
        in_stages = sorted(app.services, key=lambda service: service.stage)
        yield self.fill(
            "supervisord.conf",
            f"{app.name}.conf",
            app=app,
            root=_folder(app),
            programs=[_program(app, service) for service in app.services],
            stages={
                stage: ",".join(service.name for service in services)
                for stage, services in groupby(in_stages, key=lambda service: service.stage)
            },
            retries=CRASHES_OF_A_LOOP - 1,
        )

    def next_command(self, app: Application, out: Path) -> str:
        return shlex.join(["supervisord", "-c", f"{out}/{app.name}.conf"])


def _folder(app: Application) -> str:
    if re.search(r"\s[;#]", str(app.root)):
        raise unsupported(str(app.root), "supervisord would read a comment in it", "install it elsewhere")
    return str(app.root).replace("%", "%%")


def _program(app: Application, service: Service) -> Program:
    launch = [str(app.bin / "python"), "-m", "env.exports.launch", *_needs(app, service), "--"]
    variables = {**service.variables, "PATH": app.path}
    try:
        environment = ",".join(quoting.supervisord_variable(*item) for item in sorted(variables.items()))
    except ValueError as error:
        raise unsupported(service.name, str(error), "install it under a path without quotes") from None
    return Program(
        service,
        quoting.supervisord_command([*launch, *service.argv]),
        environment,
        # Of one that may end at once supervisord would not know a crash loop.
        "false" if service.is_one_shot else AUTORESTART[service.restart],
        max(1, ceil(service.settings.stop_grace_seconds)),
    )


def _needs(app: Application, service: Service) -> Iterator[str]:
    """What supervisord does not do before it starts a program, as options of the launcher."""
    if file := service.ready_file:
        yield from ("--remove", file)
    for path in service.settings.env_files:
        yield from ("--env-file", path)
    for name, condition in service.settings.depends_on.items():
        other = app.service(name)
        match condition, other.settings.healthcheck:
            case Condition.COMPLETED, _:
                yield from ("--completed", f"{app.name}-{other.stage}:{name}")
            case Condition.HEALTHY, check if check and (argv := check_argv(check, str(app.bin / "python"))):
                yield from ("--healthy", dumps([name, argv]))
