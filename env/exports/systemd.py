"""A unit a process, and a target for all. ExecStartPost asks for health, which those After it wait for."""

import math
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from env.exports import quoting
from env.exports.application import Application, Service
from env.exports.base import Export
from env.exports.files import File
from env.exports.grammars import SYSTEMD_LINE, read_differently
from env.exports.probes import check_argv, until
from env.supervisor.configuration.specification import Condition, Restart
from env.supervisor.lifecycle import restart

# Five starts within this are a crash loop: as many crashes, each soon after a start, and the pauses between.
CRASH_LOOP_SECONDS = math.ceil(
    restart.CRASHES_OF_A_LOOP * restart.STEADY_SECONDS
    + sum(restart.FIRST_SECONDS * 2**crash for crash in range(restart.CRASHES_OF_A_LOOP - 1))
)


class Systemd(Export):
    target = "systemd"

    def files(self, app: Application) -> Iterable[File]:
        names = {service.name: unit_name(app, service.name) for service in app.services}
        yield self.fill("systemd.target", f"{app.name}.target", app=app, units=names.values())
        for service in app.services:
            check = service.settings.healthcheck
            yield self.fill(
                "systemd.service",
                names[service.name],
                app=app,
                service=service,
                requires=[names[other] for other in service.after(Condition.HEALTHY, Condition.COMPLETED)],
                wants=[names[other] for other in service.after(Condition.STARTED)],
                command=quoting.systemd_command(service.argv),
                ready_file=(file := service.ready_file) and quoting.systemd_command(["/bin/rm", "-f", file]),
                wait=_wait_until_healthy(app, service),
                root=quoting.systemd_path(app.root),
                env_files=[quoting.systemd_path(app.root / name) for name in service.env_files],
                variables={**service.variables, "PATH": app.path},
                # Type=oneshot cannot be restarted always; the plan has refused that already.
                type="oneshot" if service.is_awaited else "exec",
                restart="no" if service.restart is Restart.NO else service.restart,
                backoff=restart,
                crash_loop_seconds=CRASH_LOOP_SECONDS,
                # 0 would be for ever.
                start_seconds=max(1.0, check.start_period_seconds) if check else 0,
                stop_seconds=max(0.001, service.settings.stop_grace_seconds),
                has_low_port=any(port < 1024 for port in service.settings.ports),
            )

    def notes(self, app: Application) -> Iterator[str]:
        yield from super().notes(app)
        try:
            Path(f"~{app.user}").expanduser()
        except RuntimeError:
            yield f"no user {app.user} is here: sudo useradd --system {app.user}, or name another with --user"
        yield from read_differently(app, "systemd", SYSTEMD_LINE)

    def next_command(self, app: Application, out: Path) -> str:
        units = f"{shlex.quote(str(out))}/{app.name}*"
        return (
            f"sudo cp {units} /etc/systemd/system/ && sudo systemctl daemon-reload"
            f" && sudo systemctl enable --now {app.name}.target"
        )


def unit_name(app: Application, name: str) -> str:
    """`worker.2` is the instance 2 of its kind: `systemctl restart 'app-worker@*'` means all."""
    kind, _, number = name.partition(".")
    return f"{app.name}-{kind}@{number}.service" if number else f"{app.name}-{kind}.service"


def _wait_until_healthy(app: Application, service: Service) -> str | None:
    check = service.settings.healthcheck
    argv = check_argv(check, str(app.bin / "python")) if check and not service.is_awaited else None
    # Systemd would not notice before the wait is over that the process has gone.
    return quoting.systemd_command(until(argv, 'kill -0 "$MAINPID" || exit 1')) if argv else None
