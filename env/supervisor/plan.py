"""From Procfile and manifest to the processes of this run, in an order that respects their dependencies."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from env.supervisor.problems import ConfigurationError, Problem, closest
from env.supervisor.procfile import Entry
from env.supervisor.scaling import cannot_scale, expand, scaled
from env.supervisor.specification import Condition, Restart, Settings, Specification

# Their log files would meet.
_RESERVED = {"system", "errors"}


def make_plan(
    entries: Mapping[str, Entry],
    settings: Mapping[str, Settings],
    *,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    profiles: Iterable[str] = (),
    scale: Mapping[str, int] = MappingProxyType({}),
    problems: Iterable[Problem] = (),
) -> list[Specification]:
    """`scale` wins over the manifest.

    Raises ConfigurationError with everything that is wrong, `problems` of the parsers first.
    """
    only, skip, profiles = list(only), set(skip), set(profiles)
    settings, more = scaled(settings, entries, scale)
    found = [*problems, *more, *_unknown(entries, settings, [*only, *skip]), *_misfits(entries, settings)]
    found += _cycles(entries, settings)
    known_profiles = {profile for entry in settings.values() for profile in entry.profiles}
    for profile in sorted(profiles - known_profiles):
        found.append(
            Problem("--profile", f"no process has the profile '{profile}'", closest(profile, known_profiles))
        )
    if found:
        raise ConfigurationError(found)
    chosen = _choose(entries, settings, only, skip, profiles)
    if not chosen:
        raise ConfigurationError(
            [Problem("selection", "nothing is left to start", "loosen --only and --skip")]
        )
    return expand(_ordered(entries, settings, chosen))


def _unknown(
    entries: Mapping[str, Entry], settings: Mapping[str, Settings], selected: Iterable[str]
) -> Iterable[Problem]:
    for name in _RESERVED & entries.keys():
        yield Problem("Procfile", f"'{name}' is a name of the supervisor's own", "choose another name")
    for name in selected:
        if name not in entries:
            yield Problem("selection", f"no process '{name}'", closest(name, entries))
    for name, entry in settings.items():
        if name not in entries:
            hint = f"add it to the Procfile or remove the table; {closest(name, entries)}"
            yield Problem("manifest", f"'{name}' is not in the Procfile", hint)
        for other in entry.depends_on:
            if other not in entries:
                yield Problem("manifest", f"{name}.depends_on: no process '{other}'", closest(other, entries))


def _misfits(entries: Mapping[str, Entry], settings: Mapping[str, Settings]) -> Iterable[Problem]:
    """Conditions that could never come true, and two owners of one port."""
    owner: dict[int, str] = {}
    for name, entry in settings.items():
        for other, condition in entry.depends_on.items():
            target = settings.get(other, Settings())
            if other in entries and condition is Condition.HEALTHY and target.healthcheck is None:
                hint = f"add a healthcheck to '{other}' or write \"service_started\""
                yield Problem(
                    "manifest", f"{name} waits for the health of '{other}', which has no check", hint
                )
            if condition is Condition.COMPLETED and target.restart is Restart.ALWAYS:
                hint = f"give '{other}' restart = \"no\""
                yield Problem("manifest", f"{name} waits for '{other}' to end, which restarts always", hint)
        if name in entries and (why := cannot_scale(name, entries[name], entry)):
            hint = f"declare one port and let the command open $PORT, or do not scale '{name}'"
            yield Problem("manifest", why, hint)
        for port in (first + copy for first in entry.ports for copy in range(entry.scale)):
            if (first := owner.setdefault(port, name)) != name:
                yield Problem(
                    "manifest", f"'{first}' and '{name}' both declare port {port}", "move one of them"
                )


def _cycles(entries: Mapping[str, Entry], settings: Mapping[str, Settings]) -> Iterable[Problem]:
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> Iterable[Problem]:
        if name in path:
            circle = " -> ".join([*path[path.index(name) :], name])
            yield Problem("manifest", f"a circle of dependencies: {circle}", "remove one of these depends_on")
        elif name not in done:
            for other in settings.get(name, Settings()).depends_on:
                yield from walk(other, (*path, name))
            done.add(name)

    for name in entries:
        yield from walk(name, ())


def _choose(
    entries: Mapping[str, Entry],
    settings: Mapping[str, Settings],
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


def _ordered(
    entries: Mapping[str, Entry], settings: Mapping[str, Settings], chosen: set[str]
) -> list[Specification]:
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
