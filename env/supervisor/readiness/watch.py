"""Tells when files of a process changed. watchfiles waits in a thread of its own and wakes the loop."""

import os
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from env.supervisor.processes.loop import READ, Loop

# A save is several events, a checkout of another branch thousands.
DEBOUNCE_MS, STEP_MS = 400, 100

# Below what is watched: nobody edits these.
_IGNORED = frozenset(
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
        if not parts or _IGNORED.intersection(parts[:-1]) or _TEMPORARY.fullmatch(parts[-1]):
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


class Watcher:
    def __init__(
        self,
        loop: Loop,
        rules: Iterable[Rule],
        on_change: Callable[[str, Path], None],
        on_error: Callable[[str], None],
    ) -> None:
        """`on_change` gets the name of the process and one of the files, on the loop."""
        self._loop, self._rules = loop, list(rules)
        self._on_change, self._on_error = on_change, on_error
        self._changes: deque[Mapping[str, Path] | str] = deque()
        self._stop = threading.Event()
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        loop.watch(self._reader, READ, self._deliver)
        self._threads = [
            threading.Thread(target=self._wait, args=[roots, is_recursive], daemon=True)
            for is_recursive in (True, False)
            if (roots := {rule.root for rule in self._rules if rule.is_recursive is is_recursive})
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Nothing is told any more; `close` will then not have to wait."""
        self._stop.set()

    def close(self) -> None:
        self.stop()
        for thread in self._threads:
            thread.join()
        self._loop.forget(self._reader)
        os.close(self._reader)
        os.close(self._writer)

    def _wait(self, roots: Iterable[Path], is_recursive: bool) -> None:
        from watchfiles import watch  # takes 100 ms, here beside the start

        try:
            for batch in watch(
                *roots,
                watch_filter=None,
                debounce=DEBOUNCE_MS,
                step=STEP_MS,
                stop_event=self._stop,
                rust_timeout=0,
                recursive=is_recursive,
                raise_interrupt=False,
                ignore_permission_denied=True,  # the data folder of a database
            ):
                self._tell({process: path for _, name in batch for process, path in self._whose(Path(name))})
        except (OSError, RuntimeError) as error:  # watchfiles' own is a RuntimeError
            self._tell(f"changes of files are not seen: {error}")

    def _whose(self, path: Path) -> Iterable[tuple[str, Path]]:
        return ((rule.process, path) for rule in self._rules if rule.matches(path))

    def _tell(self, news: Mapping[str, Path] | str) -> None:
        if news:
            self._changes.append(news)
            os.write(self._writer, b"\0")

    def _deliver(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._reader, 4096)
        while self._changes:
            news = self._changes.popleft()
            if self._stop.is_set():
                continue
            if isinstance(news, str):
                self._on_error(news)
                continue
            for process, path in news.items():
                self._on_change(process, path)


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
