"""A healthcheck that is a command."""

import errno
import os
from collections.abc import Sequence

from env.supervisor.configuration.specification import Specification
from env.supervisor.processes.children import NOT_FOUND, Children
from env.supervisor.processes.loop import Loop
from env.supervisor.readiness.probes import Verdict


class Execution:
    """One run of it."""

    def __init__(
        self,
        children: Children,
        specification: Specification,
        loop: Loop,
        argv: Sequence[str],
        timeout_seconds: float,
        verdict: Verdict,
    ) -> None:
        self._children = children
        self._verdict: Verdict | None = verdict
        self._pid, self._program = 0, argv[0]
        self._timer = loop.after(
            timeout_seconds, lambda: self._end(f"{argv[0]} took longer than {timeout_seconds:g} s")
        )
        try:
            self._pid = children.run_quietly(argv, specification, self._exited)
        except OSError as error:
            self._end(f"{argv[0]}: {error.strerror}")

    def cancel(self) -> None:
        self._verdict = None
        self._timer.cancel()
        if self._pid:
            self._children.kill([self._pid])

    def _exited(self, code: int) -> None:
        self._pid = 0
        if code == NOT_FOUND:
            self._end(f"{self._program}: {os.strerror(errno.ENOENT)}")
        else:
            self._end(None if code == 0 else f"the check left with {code}")

    def _end(self, reason: str | None) -> None:
        verdict = self._verdict
        self.cancel()
        if verdict:
            verdict(reason)
