import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from env.supervisor.processes.loop import Loop
from env.supervisor.readiness.inotify import InotifyWatcher
from env.supervisor.readiness.threaded_watch import ThreadedWatcher
from env.supervisor.readiness.watch import Rule, rule
from env.tests.supervisor.stack import Stack, eventually


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Below a name that would be ignored inside of it."""
    folder = tmp_path / "build" / "project"
    (folder / "src" / "deep").mkdir(parents=True)
    (folder / "src" / "a.py").write_text("1")
    (folder / "settings.toml").write_text("1")
    return folder


class TestRules:
    @pytest.mark.parametrize(
        ("entry", "inside", "outside"),
        [
            ("src", ["src/a.py", "src/deep/new.html"], ["settings.toml", "src", "srcs/a.py"]),
            (".", ["settings.toml", "src/a.py"], []),
            ("settings.toml", ["settings.toml"], ["settings.toml.bak", "src/settings.toml"]),
            ("src/*.py", ["src/a.py", "src/.py"], ["src/deep/a.py", "src/a.pyx", "a.py"]),
            ("src/**/*.py", ["src/a.py", "src/deep/er/a.py"], ["src/a.html"]),
            ("src/**", ["src/a.py", "src/deep/er/a.html"], ["settings.toml"]),
            ("*/a.p[xy]", ["src/a.py", "x/a.px"], ["src/a.pz", "src/deep/a.py"]),
            ("src/[!b].py", ["src/a.py"], ["src/b.py"]),
            ("src/?.(py", ["src/a.(py"], ["src/aa.(py"]),
        ],
    )
    def test_a_folder_a_file_or_a_glob(
        self, folder: Path, entry: str, inside: list[str], outside: list[str]
    ) -> None:
        found = rule("api", folder, entry)
        assert [name for name in inside if not found.matches(folder / name)] == []
        assert [name for name in outside if found.matches(folder / name)] == []

    @pytest.mark.parametrize(
        "name",
        [
            ".dev/logs/api.log", ".git/index", "node_modules/x/y.js", "src/__pycache__/a.pyc", ".next/x",
            "dist/x", "src/a.pyc", "src/.a.py.swp", "src/a.py~", "src/4913", "src/.#a.py", "src/a.tmp.12.45",
        ],
    )  # fmt: skip
    def test_what_nobody_edits_is_ignored(self, folder: Path, name: str) -> None:
        assert not rule("api", folder, ".").matches(folder / name)

    def test_what_is_named_outright_is_not_ignored(self, folder: Path) -> None:
        (folder / "dist").mkdir()
        assert rule("api", folder, "dist").matches(folder / "dist" / "x.js")

    @pytest.mark.parametrize("entry", ["nowhere", "nowhere/*.py", "settings.toml/*"])
    def test_a_path_that_does_not_exist_is_refused(self, folder: Path, entry: str) -> None:
        with pytest.raises(FileNotFoundError):
            rule("api", folder, entry)


Means = type[InotifyWatcher] | type[ThreadedWatcher]


class Watched:
    def __init__(self, rules: list[Rule], means: Means = InotifyWatcher) -> None:
        self.loop = Loop()
        self.changes: list[tuple[str, str]] = []
        self.errors: list[str] = []
        self.watcher = means(self.loop, rules, self._changed, self.errors.append)
        self._beat()

    def _changed(self, process: str, path: Path) -> None:
        self.changes.append((process, path.name))

    def _beat(self) -> None:
        self.loop.after(0.01, self._beat)

    def sees(self, path: Path, text: str = "2") -> bool:
        """Written again and again: the system has to be watching first."""
        before = len(self.changes)

        def is_seen() -> bool:
            path.write_text(text)
            for _ in range(40):
                self.loop.turn()
            return len(self.changes) > before

        return eventually(is_seen)

    def is_told(self) -> bool:
        def has_news() -> bool:
            self.turns(0.1)
            return bool(self.changes)

        return eventually(has_news)

    def turns(self, seconds: float) -> None:
        for _ in range(int(seconds / 0.01)):
            self.loop.turn()


class TestWatcher:
    @pytest.fixture(params=[InotifyWatcher, ThreadedWatcher])
    def watched(self, folder: Path, request: pytest.FixtureRequest) -> Iterator[Watched]:
        watched = Watched(
            [
                rule("api", folder, "src"),
                rule("worker", folder, "src/*.py"),
                rule("web", folder, "settings.toml"),
            ],
            request.param,
        )
        yield watched
        watched.watcher.close()
        watched.loop.close()

    def test_every_process_that_is_concerned_is_told_and_no_other(
        self, watched: Watched, folder: Path
    ) -> None:
        assert watched.sees(folder / "src" / "a.py")
        assert set(watched.changes) == {("api", "a.py"), ("worker", "a.py")}
        watched.changes.clear()
        assert watched.sees(folder / "src" / "deep" / "new.html")
        assert ("worker", "new.html") not in watched.changes
        assert not watched.errors

    def test_a_file_that_an_editor_replaces_is_still_watched(self, watched: Watched, folder: Path) -> None:
        assert watched.sees(folder / "settings.toml")
        for number in range(2):
            watched.turns(0.6)
            watched.changes.clear()
            (folder / "other").write_text(str(number))
            (folder / "other").replace(folder / "settings.toml")
            assert watched.is_told()
            assert set(watched.changes) == {("web", "settings.toml")}

    def test_many_changes_at_once_are_told_once(self, watched: Watched, folder: Path) -> None:
        assert watched.sees(folder / "src" / "a.py")
        watched.turns(0.6)
        watched.changes.clear()
        for number in range(200):
            (folder / "src" / f"{number}.html").write_text("x")
        assert watched.is_told()
        watched.turns(0.6)
        assert len(watched.changes) <= 3

    def test_a_folder_that_is_made_later_is_watched_too(self, watched: Watched, folder: Path) -> None:
        assert watched.sees(folder / "src" / "a.py")
        (folder / "src" / "later").mkdir()
        assert watched.sees(folder / "src" / "later" / "b.css")

    def test_after_its_stop_nothing_is_told(self, watched: Watched, folder: Path) -> None:
        assert watched.sees(folder / "src" / "a.py")
        watched.turns(0.6)
        watched.changes.clear()
        (folder / "src" / "a.py").write_text("3")
        time.sleep(0.6)  # it is on its way to the loop
        watched.watcher.stop()
        (folder / "src" / "a.py").write_text("4")
        watched.turns(0.6)
        assert not watched.changes


class TestInotify:
    """What the kernel leaves to us."""

    @pytest.fixture
    def watched(self, folder: Path) -> Iterator[Watched]:
        watched = Watched([rule("api", folder, "src"), rule("web", folder, "*.toml")])
        yield watched
        watched.watcher.close()
        watched.loop.close()

    def test_sees_the_very_first_change(self, watched: Watched, folder: Path) -> None:
        (folder / "src" / "a.py").write_text("2")
        (folder / "settings.toml").write_text("2")
        watched.turns(0.5)
        assert sorted(watched.changes) == [("api", "a.py"), ("web", "settings.toml")]

    def test_sees_what_came_together_with_its_folder(self, watched: Watched, folder: Path) -> None:
        (folder / "src" / "x" / "y").mkdir(parents=True)
        (folder / "src" / "x" / "y" / "z.py").write_text("1")
        watched.turns(0.5)
        assert watched.changes == [("api", "z.py")]

    def test_follows_a_folder_that_is_renamed(self, watched: Watched, folder: Path) -> None:
        (folder / "src" / "deep" / "b.py").write_text("1")
        (folder / "src" / "deep").rename(folder / "src" / "deeper")
        watched.turns(0.5)
        watched.changes.clear()
        (folder / "src" / "deeper" / "b.py").write_text("2")
        watched.turns(0.5)
        assert watched.changes == [("api", "b.py")]

    def test_loses_a_folder_that_moved_away(self, watched: Watched, folder: Path) -> None:
        (folder / "src" / "deep").rename(folder / "elsewhere")
        watched.turns(0.5)
        watched.changes.clear()
        (folder / "elsewhere" / "b.py").write_text("1")
        watched.turns(0.5)
        assert not watched.changes

    def test_finds_a_root_again_that_went_for_a_while(self, watched: Watched, folder: Path) -> None:
        (folder / "src").rename(folder / "away")
        watched.turns(0.5)
        watched.changes.clear()
        (folder / "src").mkdir()
        (folder / "src" / "back.py").write_text("1")
        assert watched.is_told()
        assert watched.changes == [("api", "back.py")]
        watched.changes.clear()
        (folder / "src" / "back.py").write_text("2")
        assert watched.is_told()

    def test_goes_round_in_no_circle_of_links(self, folder: Path) -> None:
        (folder / "src" / "deep" / "up").symlink_to(folder / "src")
        watched = Watched([rule("api", folder, "src")])
        (folder / "src" / "deep" / "up" / "a.py").write_text("2")
        watched.turns(0.5)
        watched.watcher.close()
        assert watched.changes == [("api", "a.py")]

    def test_a_folder_that_may_not_be_read_spoils_nothing(self, folder: Path) -> None:
        (folder / "src" / "deep").chmod(0)
        watched = Watched([rule("api", folder, "src")])
        (folder / "src" / "a.py").write_text("2")
        watched.turns(0.5)
        watched.watcher.close()
        (folder / "src" / "deep").chmod(0o700)
        assert watched.changes == [("api", "a.py")]
        assert not watched.errors

    def test_many_folders_keep_nobody_waiting(self, folder: Path) -> None:
        for number in range(1200):
            (folder / "src" / f"{number % 20}" / f"{number}").mkdir(parents=True)
        watched = Watched([rule("api", folder, "src")])
        watched.turns(0.2)
        (folder / "src" / "19" / "1199" / "a.py").write_text("2")
        watched.turns(0.5)
        watched.watcher.close()
        assert watched.changes == [("api", "a.py")]


# As where the system has no more of what watching takes.
SCRIPT = """
import os, resource, sys, watchfiles
from pathlib import Path
from env.supervisor.processes.loop import Loop
from env.supervisor.readiness.inotify import InotifyWatcher
from env.supervisor.readiness.threaded_watch import ThreadedWatcher
from env.supervisor.readiness.watch import rule
means, room = {"inotify": (InotifyWatcher, 1), "threads": (ThreadedWatcher, 3)}[sys.argv[2]]
last = max(map(int, os.listdir("/proc/self/fd")))
resource.setrlimit(resource.RLIMIT_NOFILE, (last + room, last + room))
loop, errors = Loop(), []
watcher = means(loop, [rule("api", Path(sys.argv[1]), "src")], print, errors.append)
while not errors:
    loop.turn()
print(errors)
watcher.close()
"""


@pytest.mark.parametrize("means", ["inotify", "threads"])
def test_that_nothing_can_be_watched_is_told(folder: Path, means: str) -> None:
    command = [sys.executable, "-c", SCRIPT, str(folder), means]
    found = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert "changes of files are not seen" in found.stdout, found.stderr


class TestRestart:
    def test_a_process_restarts_when_its_file_changes(self, stack: Stack) -> None:
        (stack.folder / "source").write_text("version 0\n")
        stack.start({"a": "cat source; exec sleep 60"}, {"a": 'watch = ["source"]'})
        assert stack.said("version 0")
        assert eventually(lambda: rewritten(stack, 1), 20)
        assert "source changed" in stack.output

    def test_the_first_change_is_not_missed(self, stack: Stack) -> None:
        """A process that changes its own file at once."""
        (stack.folder / "source").write_text("version 0\n")
        once = "cat source; grep -q 1 source || echo version 1 > source; exec sleep 60"
        stack.start({"a": once}, {"a": 'watch = ["source"]'})
        assert stack.said("version 1")

    def test_no_change_is_lost_however_quickly_they_come(self, stack: Stack) -> None:
        """Whatever was read last is what is there, also after changes in the midst of a restart."""
        (stack.folder / "source").write_text("version 0\n")
        slow_end = "trap 'sleep 0.2; exit' TERM; sleep 60 & wait"
        stack.start({"a": f"cat source; {slow_end}"}, {"a": 'watch = ["source"]'})
        assert eventually(lambda: rewritten(stack, 1), 20)
        for number in range(2, 12):
            (stack.folder / "source").write_text(f"version {number}\n")
            time.sleep(0.03 * number)
        assert stack.said("version 11", seconds=20)
        assert [text for _, text in stack.lines if text.startswith("version")][-1] == "version 11"


def rewritten(stack: Stack, number: int) -> bool:
    """Again and again: the system has to be watching first."""
    (stack.folder / "source").write_text(f"version {number}\n")
    return eventually(lambda: f"version {number}" in stack.output, 2)
