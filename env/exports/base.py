"""What the exporters share: Jinja2 templates that may be overridden, and the entrance for `honcho export`."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

import jinja2
from honcho.export.base import BaseExport

from env.exports import quoting
from env.exports.application import Application, Service, application
from env.exports.files import File, signed
from env.exports.probes import check_argv
from env.supervisor.configuration.manifest import parse_manifest
from env.supervisor.configuration.plan import make_plan
from env.supervisor.configuration.procfile import Entry
from env.supervisor.configuration.specification import Condition, Specification
from env.supervisor.problems import ConfigurationError, Problem, SupervisorError


class ProcessParams(Protocol):
    """A line of the Procfile as Honcho hands it over; with scale, as often as it is to run."""

    name: str
    cmd: str


class Export(BaseExport, ABC):  # type: ignore[misc] # Honcho has no types
    target: ClassVar[str]

    def __init__(self, template_dir: str | None = None) -> None:
        loader = (
            jinja2.FileSystemLoader(template_dir) if template_dir else jinja2.PackageLoader("env.exports")
        )
        environment = jinja2.Environment(
            loader=loader,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,  # noqa: S701 - no HTML; each format has its own escaping
        )
        environment.filters["yaml"] = quoting.yaml_value
        environment.filters["undollared"] = quoting.undollared
        environment.filters["word"] = quoting.systemd_word
        environment.filters["seconds"] = quoting.seconds
        super().__init__(template_env=environment)

    @abstractmethod
    def files(self, app: Application) -> Iterable[File]: ...

    @abstractmethod
    def next_command(self, app: Application, out: Path) -> str: ...

    def render(self, processes: Iterable[ProcessParams], context: Mapping[str, Any]) -> Iterable[File]:
        """What Honcho calls: it hands over the lines of a Procfile; the manifest is found beside it."""
        root = Path(context["app_root"])
        try:
            app = application(_plan(processes, root), context["app"], root, user=context["user"])
            return list(self.files(app))
        except SupervisorError as error:
            # Loads all of Honcho, which is there when it is Honcho that called.
            from honcho.command import CommandError

            raise CommandError(str(error)) from None

    def notes(self, app: Application) -> Iterator[str]:
        """What of the plan this target cannot do, for people."""
        for service in app.services:
            if not service.gets_signals:
                yield f"{service.name}: a shell gets the signal, not what it runs; let exec be its last step"
            for name in service.after(Condition.HEALTHY):
                if not can_be_asked(app.service(name)):
                    yield f"{service.name} starts without waiting for the log line that tells {name}'s health"

    def fill(self, template: str, name: str, **values: object) -> File:
        return File(name, signed(self.get_template(template).render(**values), self.target))


def lonely(app: Application) -> Iterator[str]:
    """Of servers that nobody will reach in their container."""
    for service in app.services:
        if service.settings.ports and re.search(r"127\.0\.0\.1|localhost|\[::1\]", service.command):
            yield f"{service.name} listens on the loopback of its container alone, where nobody reaches it"


def can_be_asked(service: Service) -> bool:
    check = service.settings.healthcheck
    return check is not None and check_argv(check, "") is not None


def _plan(processes: Iterable[ProcessParams], root: Path) -> list[Specification]:
    entries: dict[str, Entry] = {}
    scale: dict[str, int] = {}
    for process in processes:
        name = process.name.partition(".")[0]
        entries[name] = Entry(name, process.cmd, len(entries) + 1)
        scale[name] = scale.get(name, 0) + 1
    manifest = root / "pyproject.toml"
    text = manifest.read_text("utf-8") if manifest.exists() else ""
    settings, problems = parse_manifest(text, str(manifest))
    # What only another Procfile has is somebody else's to run.
    mine = {
        name: entry._replace(
            depends_on={other: condition for other, condition in entry.depends_on.items() if other in entries}
        )
        for name, entry in settings.items()
        if name in entries
    }
    # Honcho's own count is 1 where nobody asked for another.
    wanted = {name: count for name, count in scale.items() if count > 1}
    return make_plan(entries, mine, scale=wanted, problems=problems)


def unsupported(where: str, what: str, hint: str) -> ConfigurationError:
    return ConfigurationError([Problem(where, what, hint)])
