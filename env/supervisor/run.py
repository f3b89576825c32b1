"""A whole run: read the files, make sure of the ground, start, watch, end. What `invoke dev` calls."""

import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from env.supervisor.assembly import Assembly
from env.supervisor.configuration.environments import Environments
from env.supervisor.configuration.plan import make_plan
from env.supervisor.configuration.positions import Locator
from env.supervisor.configuration.procfile import parse_procfile
from env.supervisor.configuration.specification import Settings, Specification
from env.supervisor.configuration.textfile import read_text
from env.supervisor.ground import Ports, ground, watch_rules
from env.supervisor.instance import Instance, only_instance
from env.supervisor.problems import SupervisorError
from env.supervisor.processes.children import Begin, begin_children
from env.supervisor.processes.loop import Signals
from env.supervisor.processes.orphans import end_orphans
from env.supervisor.processes.platform import open_standard_descriptors


def read_plan(
    procfile: Path,
    manifest: Path | None = None,
    *,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    profiles: Iterable[str] = (),
    scale: Mapping[str, int] = MappingProxyType({}),
    is_watching: bool = True,
) -> list[Specification]:
    """Raises ConfigurationError with every problem of both files."""
    entries, problems = parse_procfile(read_text(procfile), str(procfile))
    settings: Mapping[str, Settings] = {}
    locate = Locator()
    if manifest:
        from env.supervisor.configuration.manifest import parse_manifest  # slow to import
        from env.supervisor.configuration.siblings import left_to_others

        text = read_text(manifest)
        locate = Locator(text, str(manifest))
        settings, more = parse_manifest(text, str(manifest))
        settings = left_to_others(procfile, entries, settings)
        if not is_watching:
            settings = {name: entry._replace(watch=()) for name, entry in settings.items()}
        problems = [*problems, *more]
    return make_plan(
        entries,
        settings,
        only=only,
        skip=skip,
        profiles=profiles,
        scale=scale,
        problems=problems,
        locate=locate,
        folder=procfile.resolve().parent,
    )


def run(
    procfile: Path,
    manifest: Path | None = None,
    *,
    state_dir: Path,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    profiles: Iterable[str] = (),
    scale: Mapping[str, int] = MappingProxyType({}),
    environment: Mapping[str, str] = MappingProxyType({}),
    secret_names: Collection[str] = (),
    ports_auto: bool = False,
    is_watching: bool = True,
    on_ports: Callable[[Ports], None] = lambda _ports: None,
    on_ready: Callable[[], None] = lambda: None,
    is_json: bool = False,
    begin: Begin = begin_children,
) -> int:
    """Runs in the foreground until everything has ended and returns the exit code.

    `environment` is added to this process' own for every child. `secret_names` are redacted besides what is
    named like a secret. `ports_auto` moves every declared port to a free one and tells `on_ports` before
    anything is started from where to where. Unless `is_watching`, no change of a file restarts. `on_ready`
    is called on the loop, once, when every healthcheck has succeeded and every awaited one-shot is complete;
    what it prints appears between the lines, so it has to be quick and to end its lines.
    Raises SupervisorError before anything is started.
    """
    open_standard_descriptors()
    run_id = os.urandom(16).hex()
    with Signals() as signals:
        plan = read_plan(
            procfile,
            manifest,
            only=only,
            skip=skip,
            profiles=profiles,
            scale=scale,
            is_watching=is_watching,
        )
        folder = procfile.resolve().parent
        rules = watch_rules(plan, folder)
        with only_instance(state_dir, run_id) as instance:
            _end_former(instance, signals)
            said = Environments(folder, plan, environment)
            with ground(plan, state_dir, ports_auto, said) as (plan, ports):
                on_ports(ports)
                environments = Environments(folder, plan, environment, ports)
                with begin(folder, environments, run_id, signals) as children:
                    return Assembly(
                        plan,
                        children,
                        environments,
                        state_dir,
                        ports=ports,
                        rules=rules,
                        secret_names=secret_names,
                        on_ready=on_ready,
                        is_json=is_json,
                    ).run(signals)


def report(error: SupervisorError) -> None:
    for problem in error.problems:
        print(problem, file=sys.stderr)


def _end_former(instance: Instance, signals: Signals) -> None:
    former = (instance.former or {}).get("run")
    if former and (ended := end_orphans(former, is_urgent=lambda: signals.first is not None)):
        print(f"ended {ended} processes that an earlier run, killed, had left behind", file=sys.stderr)
