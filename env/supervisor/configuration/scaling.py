"""Several copies of one process: `worker.1`, `worker.2`, each with a PORT of its own, as in Honcho."""

import re
from collections.abc import Iterable, Mapping

from env.supervisor.configuration.procfile import Entry
from env.supervisor.configuration.specification import Settings, Specification
from env.supervisor.problems import Problem, closest


def scaled(
    settings: Mapping[str, Settings], entries: Mapping[str, Entry], scale: Mapping[str, int]
) -> tuple[dict[str, Settings], list[Problem]]:
    """The settings with the counts of the command line, which win over the manifest's."""
    problems = []
    found = dict(settings)
    for name, count in scale.items():
        if name not in entries:
            problems.append(Problem("--scale", f"no process '{name}'", closest(name, entries)))
        elif count < 1:
            hint = f"leave it out with --skip {name}"
            problems.append(Problem("--scale", f"{name}={count}: there is at least one copy", hint))
        else:
            found[name] = settings.get(name, Settings())._replace(scale=count)
    return found, problems


def cannot_scale(name: str, entry: Entry, settings: Settings) -> str | None:
    """Why copies would meet: each has the declared port plus its number, and must take it from PORT."""
    if settings.scale == 1 or not settings.ports:
        return None
    if len(settings.ports) > 1 or settings.port_variables:
        return f"{settings.scale} copies of '{name}' cannot share its ports"
    if not re.search(r"\$(PORT\b|\{PORT[}:])", entry.command):
        return f"{settings.scale} copies of '{name}' would all open port {settings.ports[0]}"
    if settings.ports[0] + settings.scale > 65536:
        return f"there are no {settings.scale} ports from {settings.ports[0]} on"
    return None


def expand(plan: Iterable[Specification]) -> list[Specification]:
    """Whoever waits for a process waits for all its copies."""
    plan = list(plan)
    names = {spec.name: [copy.name for copy in _copies(spec)] for spec in plan}
    return [_with_all_copies(copy, names) for spec in plan for copy in _copies(spec)]


def _copies(spec: Specification) -> list[Specification]:
    if spec.settings.scale == 1:
        return [spec]
    return [
        spec._replace(
            name=f"{spec.name}.{number + 1}",
            settings=_shifted(spec.settings, number),
            port_offset=spec.port_offset + number,
        )
        for number in range(spec.settings.scale)
    ]


def _shifted(settings: Settings, number: int) -> Settings:
    from env.supervisor.ports.moves import moved_check  # its patterns are slow to compile

    ports = tuple(port + number for port in settings.ports)
    moves = dict(zip(settings.ports, ports, strict=True))
    return settings._replace(ports=ports, healthcheck=moved_check(settings.healthcheck, moves))


def _with_all_copies(spec: Specification, names: Mapping[str, list[str]]) -> Specification:
    wishes = spec.settings.depends_on.items()
    depends_on = {copy: condition for other, condition in wishes for copy in names[other]}
    return spec._replace(settings=spec.settings._replace(depends_on=depends_on))
