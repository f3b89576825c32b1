"""What has to be in order before a run begins. Imports late: a plain Procfile needs none of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from env.supervisor.configuration.environments import Environments
from env.supervisor.configuration.specification import Specification
from env.supervisor.problems import PortTakenError

if TYPE_CHECKING:
    from env.supervisor.readiness.watch import Rule

# From the manifest's port to the one that is used.
Ports = Mapping[int, int]


@contextmanager
def ground(
    plan: list[Specification], state_dir: Path, ports_auto: bool, environments: Environments
) -> Iterator[tuple[list[Specification], Ports]]:
    """The plan with ports that are free."""
    if not any(spec.settings.ports for spec in plan):
        yield plan, {}
    elif ports_auto:
        from env.supervisor.ports.moves import moved_plan
        from env.supervisor.ports.own import own_ports

        with own_ports(state_dir, plan) as own:
            yield moved_plan(plan, own), own
    else:
        from env.supervisor.ports.taken import taken_ports

        plan, ports = _as_said(plan, environments)
        if taken := list(taken_ports(plan)):
            raise PortTakenError(taken)
        yield plan, ports


def _as_said(plan: list[Specification], environments: Environments) -> tuple[list[Specification], Ports]:
    if not any(spec.settings.port_variables for spec in plan):
        return plan, {}
    from env.supervisor.ports.moves import moved_plan
    from env.supervisor.ports.said import said_ports

    ports = said_ports(plan, environments.said())
    return (moved_plan(plan, ports) if ports else plan), ports


def watch_rules(plan: list[Specification], folder: Path) -> "list[Rule]":
    wishes = [(spec.name, entry) for spec in plan for entry in spec.settings.watch]
    if not wishes:
        return []
    from env.supervisor.readiness.watch import rule

    return [rule(name, folder, entry) for name, entry in wishes]
