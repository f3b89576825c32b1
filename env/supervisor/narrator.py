"""What the supervisor itself has to say, as text for people and as fields for programs."""

from typing import Protocol

from env.supervisor.process import Process
from env.supervisor.readiness import Health

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
        text = "completed" if is_completed else f"exited with code {code}"
        self.of(process, "exited", f"{text} after {process.uptime_seconds:.2f} s", exit_code=code)

    def culprit(self, process: Process) -> None:
        process.drain_output()
        if lines := process.stream.last_lines(CULPRIT_LINES):
            indented = "\n".join(f"  {line}" for line in lines)
            self._reporter.event(
                "culprit",
                f"the last {len(lines)} lines of {process.name}:\n{indented}",
                process=process.name,
                lines=lines,
            )
