"""Puts the parts of one run together: the loop, what is shown and logged, the processes, their engine."""

import gc
import os
import sys
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from env.supervisor.configuration.environments import Environments
from env.supervisor.configuration.specification import Specification
from env.supervisor.instance import socket_path
from env.supervisor.lifecycle.engine import Engine
from env.supervisor.lifecycle.narrator import Narrator
from env.supervisor.lifecycle.process import Process
from env.supervisor.output.output import Output
from env.supervisor.output.redaction import Redactor
from env.supervisor.processes.children import Children
from env.supervisor.processes.loop import Loop, Signals

if TYPE_CHECKING:
    from env.supervisor.control.server import Control
    from env.supervisor.readiness.watch import Rule, Watcher

# 128 + SIGPIPE: what a program says whose reader left.
GONE_CODE = 141


class Assembly:
    def __init__(
        self,
        plan: Collection[Specification],
        children: Children,
        environments: Environments,
        state_dir: Path,
        *,
        ports: Mapping[int, int],
        rules: Collection["Rule"],
        secret_names: Collection[str],
        on_ready: Callable[[], None],
        is_json: bool,
    ) -> None:
        if sys.stdout:
            sys.stdout.flush()
        self._state_dir, self._on_ready = state_dir, on_ready
        self._environments, self._rules = environments, rules
        self._loop = Loop()
        self._redactor = Redactor(environments.secrets(secret_names))
        environments.on_secrets = self._redactor.learn
        names = [specification.name for specification in plan]
        self._output = Output(self._loop, state_dir / "logs", names, self._redactor, is_json=is_json)
        self._processes = [
            Process(spec, self._loop, children, self._output.stream(spec.name)) for spec in plan
        ]
        self._engine = Engine(self._loop, children, self._processes, Narrator(self._output), self._ready)
        self._facts = {
            "pid": os.getpid(),
            "started_at": time.time(),
            "state_dir": str(state_dir.resolve()),
            "moved_ports": {str(old): new for old, new in ports.items()},
            "warnings": self._output.warnings,
        }
        self._control: Control | None = None
        self._watcher: Watcher | None = None
        screen = self._output.screen
        screen.on_drained, screen.on_gone = self._resume, self._gone
        self._engine.on_shutdown = self._hurry

    def run(self, signals: Signals) -> int:
        """Until the end."""
        if self._rules:
            from env.supervisor.readiness.watch import watch

            # Before anybody reads a file: no change is missed.
            self._watcher = watch(self._loop, self._rules, self._changed, self._unwatched)
        try:
            return self._engine.run(signals, self._open)
        finally:
            for part in (self._watcher, self._control):
                if part:
                    part.close()
            self._last_words()
            self._loop.close()

    def _open(self) -> None:
        self._open_control()
        gc.enable()

    def _open_control(self) -> None:
        from env.supervisor.control.server import Control  # slow to import: no child has to wait for it

        try:
            path = socket_path(self._state_dir)
            self._control = Control(
                self._loop, self._engine, path, self._facts, self._environments, self._redactor
            )
        except OSError as error:
            text = f"status, stop and the like will not work: no socket in {self._state_dir}: {error}"
            self._output.event("uncontrolled", text)

    def _changed(self, name: str, path: Path) -> None:
        self._engine.renew(self._engine.processes[name], f"restarts: {path.name} changed")

    def _unwatched(self, text: str) -> None:
        self._output.event("unwatched", text)

    def _hurry(self) -> None:
        self._output.screen.hurry()
        if self._watcher:
            self._watcher.stop()

    def _ready(self) -> None:
        try:
            self._on_ready()
        except BrokenPipeError:
            self._gone()

    def _gone(self) -> None:
        self._engine.shut_down(GONE_CODE)

    def _resume(self) -> None:
        for process in self._processes:
            process.resume_output()

    def _last_words(self) -> None:
        self._output.close_logs()
        screen = self._output.screen
        screen.hurry()
        while not (screen.is_idle or screen.is_stalled):
            self._loop.turn()
        screen.close()
