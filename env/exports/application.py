"""What every target is rendered from: the plan of a run, and where it will stand."""

import re
import sys
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from env.supervisor.configuration.environments import BASE_PORT
from env.supervisor.configuration.specification import Check, Condition, Restart, Settings, Specification
from env.supervisor.processes.children import NAME_VARIABLE
from env.supervisor.processes.shell import shell_argv

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


class Service(NamedTuple):
    """One process, or with `copies` in a container all of its copies."""

    name: str
    command: str
    settings: Settings
    is_awaited: bool
    variables: Mapping[str, str]
    stage: int
    """How many others, one after the other, have to be there before it."""
    copies: int = 1

    @property
    def argv(self) -> list[str]:
        return shell_argv(self.command)

    @property
    def gets_signals(self) -> bool:
        """The program itself, and not a shell around it. What soon ends needs none."""
        return self.is_awaited or re.match(r"([A-Za-z_]\w*=\S*\s+)*exec\s", self.argv[-1]) is not None

    @property
    def ready_file(self) -> str | None:
        """What the process writes when it is ready; one from an earlier life has to go before its start."""
        check = self.settings.healthcheck
        return str(check.target) if check and check.kind is Check.FILE and not self.is_awaited else None

    @property
    def env_files(self) -> list[str]:
        """In the order of their weight: the later wins."""
        return [name for path in self.settings.env_files for name in (path, f"{path}.local")]

    @property
    def restart(self) -> Restart:
        """On a server nobody's exit ends the others: who declares none comes back, as in Honcho's exports."""
        return self.settings.restart or (Restart.NO if self.is_awaited else Restart.ALWAYS)

    @property
    def is_one_shot(self) -> bool:
        return self.is_awaited or self.restart is Restart.NO

    def after(self, *conditions: Condition) -> list[str]:
        return [name for name, condition in self.settings.depends_on.items() if condition in conditions]


class Application(NamedTuple):
    name: str
    root: Path
    user: str
    image: str
    services: list[Service]
    bin: Path = Path(sys.executable).parent

    @property
    def path(self) -> str:
        return f"{self.bin}:{SYSTEM_PATH}"

    def service(self, name: str) -> Service:
        return next(service for service in self.services if service.name == name)

    def in_containers(self) -> "Application":
        """Copies are replicas there, each with ports and a loopback of its own."""
        groups = groupby(self.services, key=lambda service: service.name.partition(".")[0])
        return self._replace(services=[_replicated(name, list(copies)) for name, copies in groups])


def application(
    plan: Iterable[Specification],
    name: str,
    root: Path,
    *,
    user: str = "",
    image: str = "",
) -> Application:
    plan = list(plan)
    services: dict[str, Service] = {}
    for spec in plan:
        stage = 1 + max((services[other].stage for other in spec.settings.depends_on), default=0)
        services[spec.name] = Service(
            spec.name, spec.command, spec.settings, spec.is_awaited, variables_of(spec, plan), stage
        )
    name = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "app"
    return Application(name, root, user or name, image or f"{name}:latest", list(services.values()))


def variables_of(spec: Specification, plan: Iterable[Specification]) -> dict[str, str]:
    """What the supervisor adds to a child's environment, PATH aside."""
    ports = {name: str(port) for other in plan for name, port in other.settings.port_variables.items()}
    own = next(iter(spec.settings.ports), BASE_PORT + spec.port_offset)
    return {**ports, "PORT": str(own), "PYTHONUNBUFFERED": "1", NAME_VARIABLE: spec.name}


def _replicated(name: str, copies: list[Service]) -> Service:
    first = copies[0]
    depends_on = {
        other.partition(".")[0]: condition for other, condition in first.settings.depends_on.items()
    }
    # uvicorn and our servers read NAME_HOST beside NAME_PORT; on its loopback a container is alone.
    hosts = {
        f"{variable.removesuffix('_PORT')}_HOST": "0.0.0.0"  # noqa: S104
        for variable in first.settings.port_variables
        if variable.endswith("_PORT")
    }
    return first._replace(
        name=name,
        settings=first.settings._replace(depends_on=depends_on),
        variables={**first.variables, **hosts, NAME_VARIABLE: name},
        copies=len(copies),
    )
