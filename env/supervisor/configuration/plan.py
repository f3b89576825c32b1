"""From Procfile and manifest to the processes of this run, in an order that respects their dependencies."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from env.supervisor.configuration.positions import Locator
from env.supervisor.configuration.procfile import Entry
from env.supervisor.configuration.scaling import cannot_scale, expand, scaled
from env.supervisor.configuration.specification import Condition, Restart, Settings, Specification
from env.supervisor.problems import ConfigurationError, Problem, closest

# Their log files would meet.
_RESERVED = {"system", "errors"}

Entries = Mapping[str, Entry]
Manifest = Mapping[str, Settings]


def make_plan(
    entries: Entries,
    settings: Manifest,
    *,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    profiles: Iterable[str] = (),
    scale: Mapping[str, int] = MappingProxyType({}),
    problems: Iterable[Problem] = (),
    locate: Locator = Locator(),  # noqa: B008 - knows nothing and never changes
    folder: Path | None = None,
) -> list[Specification]:
    """`scale` wins over the manifest; `locate` knows its lines; what is to be watched must be in `folder`.

    Raises ConfigurationError with everything that is wrong, `problems` of the parsers first.
    """
    only, skip, profiles = list(only), list(skip), list(profiles)
    settings, more = scaled(settings, entries, scale)
    found = [*problems, *more, *_unknown(entries, settings, locate)]
    found += _misselected(entries, settings, only, skip, profiles)
    found += _misfits(entries, settings, locate)
    found += _cycles(entries, settings, locate)
    found += _unwatchable(settings, folder, locate) if folder else ()
    if found:
        raise ConfigurationError(found)
    chosen = _choose(entries, settings, only, set(skip), set(profiles))
    if not chosen:
        hint = "loosen --only, --skip and --profile"
        raise ConfigurationError([Problem("--only, --skip", "nothing is left to start", hint)])
    return expand(_ordered(entries, settings, chosen))


def _unknown(entries: Entries, settings: Manifest, locate: Locator) -> Iterable[Problem]:
    for name in sorted(_RESERVED & entries.keys()):
        yield Problem(
            entries[name].where, f"'{name}' is a name of the supervisor's own", "choose another name"
        )
    for name, entry in settings.items():
        if name not in entries:
            hint = f"add it to the Procfile or remove the table; {closest(name, entries)}"
            yield Problem(locate(name), f"'{name}' is not in the Procfile", hint)
        for other in entry.depends_on:
            if other not in entries:
                where = locate(name, "depends_on", other)
                yield Problem(where, f"{name}.depends_on: no process '{other}'", closest(other, entries))


def _misselected(
    entries: Entries, settings: Manifest, only: list[str], skip: list[str], profiles: list[str]
) -> Iterable[Problem]:
    known = {profile for entry in settings.values() for profile in entry.profiles}
    for option, names in (("--only", only), ("--skip", skip)):
        for name in names:
            if name not in entries:
                yield Problem(option, f"no process '{name}'", closest(name, entries))
    for profile in profiles:
        if profile not in known:
            yield Problem("--profile", f"no process has the profile '{profile}'", closest(profile, known))


def _misfits(entries: Entries, settings: Manifest, locate: Locator) -> Iterable[Problem]:
    """Conditions that could never come true, and two owners of one port."""
    owner: dict[int, str] = {}
    for name, entry in settings.items():
        for other, condition in entry.depends_on.items():
            if other in entries and (found := _unfulfillable(other, condition, settings)):
                yield Problem(locate(name, "depends_on", other), f"{name} waits {found[0]}", found[1])
        if name in entries and (why := cannot_scale(name, entries[name], entry)):
            hint = f"declare one port and let the command open $PORT, or do not scale '{name}'"
            yield Problem(locate(name, "ports"), why, hint)
        for port in (first + copy for first in entry.ports for copy in range(entry.scale)):
            if (first := owner.setdefault(port, name)) != name:
                hint = f"move one of them; that of '{first}' is at {locate(first, 'ports')}"
                yield Problem(locate(name, "ports"), f"'{first}' and '{name}' both declare port {port}", hint)


def _unfulfillable(other: str, condition: Condition, settings: Manifest) -> tuple[str, str] | None:
    target = settings.get(other, Settings())
    if condition is Condition.HEALTHY and target.healthcheck is None:
        hint = f"add a healthcheck to '{other}' or write \"service_started\""
        return f"for the health of '{other}', which has no check", hint
    if condition is Condition.COMPLETED and target.restart is Restart.ALWAYS:
        return f"for '{other}' to end, which restarts always", f"give '{other}' restart = \"no\""
    return None


def _cycles(entries: Entries, settings: Manifest, locate: Locator) -> Iterable[Problem]:
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> Iterable[Problem]:
        if name in path:
            circle = [*path[path.index(name) :], name]
            what = f"a circle of dependencies: {' -> '.join(circle)}"
            hint = "remove one of these depends_on"
            yield Problem(locate(circle[-2], "depends_on", name), what, hint)
        elif name not in done:
            for other in settings.get(name, Settings()).depends_on:
                yield from walk(other, (*path, name))
            done.add(name)

    for name in entries:
        yield from walk(name, ())


def _unwatchable(settings: Manifest, folder: Path, locate: Locator) -> Iterable[Problem]:
    for name, entry in settings.items():
        for path in entry.watch:
            from env.supervisor.readiness.watch import rule  # most processes watch nothing

            try:
                rule(name, folder, path)
            except OSError as error:
                hint = f"paths are seen from {folder}; remove it, or make the folder"
                what = (
                    f"{name}.watch: '{path}' does not exist"
                    if isinstance(error, FileNotFoundError)
                    else f"{name}.watch: '{path}': {error.strerror}"
                )
                yield Problem(locate(name, "watch"), what, hint)


def _choose(
    entries: Entries,
    settings: Manifest,
    only: list[str],
    skip: set[str],
    profiles: set[str],
) -> set[str]:
    """`only` brings its dependencies along; a name in `only` needs no profile; `skip` wins over all."""
    wanted = set(only) or {
        name
        for name in entries
        if not (needed := settings.get(name, Settings()).profiles) or needed & profiles
    }
    chosen: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in chosen and name not in skip:
            chosen.add(name)
            wanted |= settings.get(name, Settings()).depends_on.keys()
    return chosen


def _ordered(entries: Entries, settings: Manifest, chosen: set[str]) -> list[Specification]:
    """A skipped dependency counts as fulfilled: it is somebody else's to run."""
    plan: dict[str, Specification] = {}
    offsets = {name: 100 * index for index, name in enumerate(name for name in entries if name in chosen)}

    def add(name: str) -> None:
        if name in plan:
            return
        own = settings.get(name, Settings())
        depends_on = {other: condition for other, condition in own.depends_on.items() if other in chosen}
        for other in depends_on:
            add(other)
        own = own._replace(depends_on=depends_on)
        plan[name] = Specification(name, entries[name].command, own, port_offset=offsets[name])

    for name in entries:
        if name in chosen:
            add(name)
    awaited = {
        other
        for specification in plan.values()
        for other, condition in specification.settings.depends_on.items()
        if condition is Condition.COMPLETED
    }
    return [spec._replace(is_awaited=name in awaited) for name, spec in plan.items()]
