"""Which files of a process are watched, and by what means."""

import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from env.supervisor.processes.loop import Loop

# A save is several events, a checkout of another branch thousands.
DEBOUNCE_MS, STEP_MS = 400, 100

# Below what is watched: nobody edits these.
IGNORED = frozenset(
    re.findall(
        r"\S+",
        """
        .dev .git .hg .svn .venv venv node_modules __pycache__ .mypy_cache .pytest_cache .ruff_cache
        .hypothesis .tox .nox .next .turbo .cache .idea .vscode dist build out coverage htmlcov
        """,
    )
)
_TEMPORARY = re.compile(r".*~|\.#.*|#.*#|.*\.sw[a-z]|4913|.*\.tmp|.*\.py[co]|\.DS_Store|.*\.tmp\.\d+.*")
_GLOB = re.compile(r"[*?[]")
_GLYPH = re.compile(r"\[[^]]+\]|.", re.DOTALL)


class Rule(NamedTuple):
    process: str
    root: Path
    is_recursive: bool
    pattern: re.Pattern[str] | None

    def matches(self, path: Path) -> bool:
        if not path.is_relative_to(self.root):
            return False
        parts = path.relative_to(self.root).parts
        if not parts or IGNORED.intersection(parts[:-1]) or _TEMPORARY.fullmatch(parts[-1]):
            return False
        return self.pattern is None or self.pattern.fullmatch("/".join(parts)) is not None


def rule(process: str, folder: Path, entry: str) -> Rule:
    """Raises FileNotFoundError: a folder with all below it, a file, or a glob in which ** is any depth."""
    parts = Path(entry).parts
    fixed = next((index for index, part in enumerate(parts) if _GLOB.search(part)), len(parts))
    root, rest = folder.joinpath(*parts[:fixed]).resolve(), parts[fixed:]
    if not root.exists() or (rest and not root.is_dir()):
        raise FileNotFoundError(root)
    if rest:
        return Rule(process, root, len(rest) > 1 or "**" in rest, _translate(rest))
    if root.is_dir():
        return Rule(process, root, True, None)
    # The folder of a file: editors put a new file in the place of the old.
    return Rule(process, root.parent, False, re.compile(re.escape(root.name)))


class Watcher(Protocol):
    def stop(self) -> None:
        """Nothing is told any more; `close` will then not have to wait."""

    def close(self) -> None: ...


def watch(
    loop: Loop,
    rules: Iterable[Rule],
    on_change: Callable[[str, Path], None],
    on_error: Callable[[str], None],
) -> Watcher:
    """`on_change` gets the name of the process and one of the files, on the loop."""
    if sys.platform == "linux" and not _needs_polling():
        from env.supervisor.readiness.inotify import InotifyWatcher

        return InotifyWatcher(loop, rules, on_change, on_error)
    from env.supervisor.readiness.threaded_watch import ThreadedWatcher

    return ThreadedWatcher(loop, rules, on_change, on_error)


def _needs_polling() -> bool:
    """watchfiles' own conditions: the files of Windows, seen from its Linux, tell nothing."""
    if sys.platform == "win32":
        return False
    forced = os.environ.get("WATCHFILES_FORCE_POLLING", "")
    return forced not in {"", "false", "disable", "disabled"} or "microsoft-standard" in os.uname().release


def _translate(parts: Sequence[str]) -> re.Pattern[str]:
    """Only ** crosses folders; at the end it is every file below."""
    if parts[-1] == "**":
        parts = [*parts, "*"]
    text = "/".join("**" if part == "**" else _GLYPH.sub(_translate_glyph, part) for part in parts)
    return re.compile(text.replace("**/", "(?:[^/]+/)*"))


def _translate_glyph(glyph: re.Match[str]) -> str:
    match glyph[0]:
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
        case group if len(group) > 1:
            return f"[{group[1:-1].replace('!', '^', 1)}]" if group[1] == "!" else group
        case other:
            return re.escape(other)
