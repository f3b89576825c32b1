"""Two Procfiles with one manifest: `Procfile` has every process, one beside it perhaps only some of them."""

from collections.abc import Mapping
from pathlib import Path

from env.supervisor.configuration.procfile import Entry, parse_procfile
from env.supervisor.configuration.specification import Settings


def left_to_others(
    procfile: Path, entries: Mapping[str, Entry], settings: Mapping[str, Settings]
) -> dict[str, Settings]:
    """The settings without what only `Procfile` has: in this run that is somebody else's to run.

    What no Procfile has stays in, for the plan to complain about.
    """
    mentioned = settings.keys() | {other for entry in settings.values() for other in entry.depends_on}
    others = _beside(procfile) - entries.keys() if mentioned - entries.keys() else frozenset()
    return {
        name: entry._replace(depends_on={o: c for o, c in entry.depends_on.items() if o not in others})
        for name, entry in settings.items()
        if name not in others
    }


def _beside(procfile: Path) -> frozenset[str]:
    full = procfile.with_name("Procfile")
    if full == procfile:
        return frozenset()
    try:
        text = full.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return frozenset()
    return frozenset(parse_procfile(text)[0])
