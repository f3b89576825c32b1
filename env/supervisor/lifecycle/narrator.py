"""What the supervisor itself has to say, as text for people and as fields for programs."""

import signal
from typing import Protocol

from env.supervisor.lifecycle.process import Process
from env.supervisor.lifecycle.states import Health

CULPRIT_LINES = 20


class Reporter(Protocol):
    def event(self, kind: str, text: str, **data: object) -> None: ...


class Narrator:
    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def say(self, kind: str, text: str) -> None:
        self._reporter.event(kind, text)

    def of(self, process: Process, kind: str, text: str, **data: object) -> None:
        self._reporter.event(kind, f"{process.name} {text}", process=process.name, pid=process.pid, **data)

    def unendable(self, pids: set[int]) -> None:
        names = ", ".join(map(str, sorted(pids)))
        self._reporter.event(
            "unendable",
            f"cannot end pid {names}: another user's, or stuck in the kernel: `ps -fp {names}`",
            pids=sorted(pids),
        )

    def health(self, process: Process) -> None:
        match process.health:
            case Health.HEALTHY:
                self.of(process, "healthy", f"is healthy after {process.uptime_seconds:.2f} s")
            case Health.UNHEALTHY:
                self.of(process, "unhealthy", f"is unhealthy: {process.reason}")
            case Health.FAILED:
                self.of(process, "failed", f"is {process.reason}")

    def exit(self, process: Process, code: int, is_completed: bool) -> None:
        name = signal_of(code)
        exited = f"exited with code {code}" + (f" ({name})" if name else "")
        text = "completed" if is_completed else exited
        self.of(process, "exited", f"{text} after {process.uptime_seconds:.2f} s", exit_code=code)

    def stopped(self, process: Process, code: int) -> None:
        """It was asked to: that a signal ended it is no fault."""
        name = signal_of(code)
        how = f" by {name}" if name else f" with code {code}" if code else ""
        self.of(process, "exited", f"stopped{how}", exit_code=code)

    def culprit(self, process: Process) -> None:
        process.drain_output()
        if lines := process.stream.last_lines(CULPRIT_LINES):
            indented = "\n".join(f"  {line}" for line in lines)
            number = "line" if len(lines) == 1 else f"{len(lines)} lines"
            self._reporter.event(
                "culprit",
                f"the last {number} of {process.name}:\n{indented}",
                process=process.name,
                lines=lines,
            )


def signal_of(code: int) -> str:
    """128 + n is what a shell makes of signal n; empty for every other code."""
    try:
        return signal.Signals(code - 128).name
    except ValueError:
        return ""
