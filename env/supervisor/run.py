"""A whole run: read the files, make sure of the ground, start, watch, end. What `invoke dev` calls."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from env.supervisor.children import Children
from env.supervisor.control import Control
from env.supervisor.engine import Engine
from env.supervisor.guard import Guard
from env.supervisor.instance import only_instance, socket_path
from env.supervisor.logfiles import LogFile, log_path
from env.supervisor.loop import Loop
from env.supervisor.manifest import parse_manifest
from env.supervisor.narrator import Narrator
from env.supervisor.orphans import end_orphans
from env.supervisor.output import SYSTEM, JsonStyle, PrefixStyle, Stream, Style, wants_colour
from env.supervisor.plan import make_plan
from env.supervisor.ports import taken_ports
from env.supervisor.problems import ConfigurationError, PortTakenError, Problem, SupervisorError
from env.supervisor.process import Process
from env.supervisor.procfile import parse_procfile
from env.supervisor.siblings import left_to_others
from env.supervisor.specification import Specification
from env.supervisor.system import become_subreaper, open_standard_descriptors
from env.supervisor.terminal import Screen

# 128 + SIGPIPE: what a program says whose reader left.
GONE_CODE = 141
LAST_WORDS_SECONDS = 1.0


def read_plan(
    procfile: Path,
    manifest: Path | None = None,
    *,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    profiles: Iterable[str] = (),
) -> list[Specification]:
    """Raises ConfigurationError with every problem of both files."""
    entries, problems = parse_procfile(_read(procfile), str(procfile))
    settings, more = parse_manifest(_read(manifest), str(manifest)) if manifest else ({}, [])
    settings = left_to_others(procfile, entries, settings)
    return make_plan(entries, settings, only=only, skip=skip, profiles=profiles, problems=[*problems, *more])


def run(
    procfile: Path,
    manifest: Path | None = None,
    *,
    state_dir: Path,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    profiles: Iterable[str] = (),
    environment: Mapping[str, str] | None = None,
    on_ready: Callable[[], None] = lambda: None,
    is_json: bool = False,
) -> int:
    """Runs in the foreground until everything has ended and returns the exit code.

    `environment` is added to this process' own for every child. `on_ready` is called on the loop, once, when
    every healthcheck has succeeded and every awaited one-shot is complete; what it prints appears between the
    lines, so it has to be quick and to end its lines.
    Raises SupervisorError before anything is started.
    """
    open_standard_descriptors()
    plan = read_plan(procfile, manifest, only=only, skip=skip, profiles=profiles)
    run_id = os.urandom(16).hex()
    with only_instance(state_dir, run_id) as instance:
        former = (instance.former or {}).get("run")
        if former and (ended := end_orphans(former)):
            print(f"ended {ended} processes that an earlier run, killed, had left behind", file=sys.stderr)
        if taken := list(taken_ports(plan)):
            raise PortTakenError(taken)
        become_subreaper()
        with Guard(run_id) as guard:
            shown = _Run(plan, procfile, state_dir, run_id, environment or {}, guard, on_ready, is_json)
            return shown.until_the_end()


def report(error: SupervisorError) -> None:
    for problem in error.problems:
        print(problem, file=sys.stderr)


class _Run:
    def __init__(
        self,
        plan: list[Specification],
        procfile: Path,
        state_dir: Path,
        run_id: str,
        environment: Mapping[str, str],
        guard: Guard,
        on_ready: Callable[[], None],
        is_json: bool,
    ) -> None:
        if sys.stdout:
            sys.stdout.flush()
        self._on_ready = on_ready
        self._loop = Loop()
        self._screen = Screen(self._loop, 1)
        names = [specification.name for specification in plan]
        self._style: Style = JsonStyle() if is_json else PrefixStyle(names, wants_colour(1))
        self._logs = {
            name: LogFile(log_path(state_dir / "logs", name), on_error=self._unlogged)
            for name in [*names, SYSTEM]
        }
        children = Children(
            self._loop, procfile.resolve().parent, child_environment(environment), run_id, guard
        )
        self._processes = [Process(spec, self._loop, children, self._stream(spec.name)) for spec in plan]
        self._engine = Engine(self._loop, children, self._processes, Narrator(self), self._ready)
        self._facts = {"pid": os.getpid(), "started_at": time.time(), "state_dir": str(state_dir.resolve())}
        self._control = Control(
            self._loop, self._engine, socket_path(state_dir), self._facts, children.environment
        )
        self._screen.on_full, self._screen.on_drained = self._pause, self._resume
        self._screen.on_gone = self._gone

    def event(self, kind: str, text: str, **data: object) -> None:
        self._logs[SYSTEM].write(text.encode())
        self._screen.write(self._style.event(text, {"event": kind, **data}))

    def until_the_end(self) -> int:
        try:
            return self._engine.run()
        finally:
            self._control.close()
            for log in self._logs.values():
                log.close()
            self._last_words()
            self._loop.close()

    def _stream(self, name: str) -> Stream:
        return Stream(name, self._screen, self._style, self._logs[name])

    def _unlogged(self, path: Path, error: str) -> None:
        text = f"{path} is incomplete: {error}"
        self._screen.write(self._style.event(text, {"event": "unlogged", "path": str(path)}))

    def _ready(self) -> None:
        try:
            self._on_ready()
        except BrokenPipeError:
            self._gone()

    def _gone(self) -> None:
        self._engine.shut_down(GONE_CODE)

    def _pause(self) -> None:
        """Back-pressure while the stack works; while it ends nobody may wait for a paused terminal."""
        if self._engine.is_stopping:
            self._screen.discard()
            return
        for process in self._processes:
            process.pause_output()

    def _resume(self) -> None:
        for process in self._processes:
            process.resume_output()

    def _last_words(self) -> None:
        deadline = time.monotonic() + LAST_WORDS_SECONDS
        self._loop.after(LAST_WORDS_SECONDS, lambda: None)
        while not self._screen.is_idle and time.monotonic() < deadline:
            self._loop.turn()
        self._screen.close()


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Ours, then `extra`; unbuffered output, and the programs of this very environment first."""
    environment = {**os.environ, **extra, "PYTHONUNBUFFERED": "1"}
    here = str(Path(sys.executable).parent)
    environment["PATH"] = os.pathsep.join([here, environment.get("PATH", os.defpath)])
    return environment


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        hint = "name another file, or run this in the folder of the project"
        raise ConfigurationError([Problem(str(path), f"cannot be read: {error.strerror}", hint)]) from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            [Problem(str(path), f"is not UTF-8: {error.reason}", "save it as UTF-8")]
        ) from None
