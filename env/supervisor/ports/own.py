"""`--ports auto`: a block of ports for each checkout, so that several run side by side."""

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from env.supervisor.configuration.specification import Specification
from env.supervisor.ports.taken import is_taken
from env.supervisor.problems import PortTakenError, Problem

BLOCK = 50
# Below those that systems give to outgoing connections.
BLOCKS = range(20000, 30000, BLOCK)


@contextmanager
def own_ports(
    state_dir: Path, plan: Iterable[Specification], blocks: range = BLOCKS
) -> Iterator[dict[int, int]]:
    """Where each declared port of the plan goes: the same for every run of this checkout, if nobody is there.

    While it lasts no other run takes the block: its first port stays bound. That cannot race, holds between
    users too, and the kernel ends it however we end. Raises PortTakenError.
    """
    wanted = sorted({port for spec in plan for port in spec.settings.ports})
    if len(wanted) >= BLOCK:
        hint = f"at most {BLOCK - 1} can move; start fewer with --only or --scale"
        raise PortTakenError([Problem("--ports auto", f"the plan declares {len(wanted)} ports", hint)])
    for first in _from_its_own(state_dir, blocks):
        ports = {port: first + 1 + index for index, port in enumerate(wanted)}
        if not ports.keys() & set(range(first, first + BLOCK)) and (holder := _hold(first)):
            with holder:
                if not any(map(is_taken, ports.values())):
                    yield ports
                    return
    hint = "end what you do not need: `ss -tlnp` lists who listens"
    raise PortTakenError(
        [Problem("--ports auto", f"no free block from {blocks.start} to {blocks.stop - 1}", hint)]
    )


def _from_its_own(state_dir: Path, blocks: range) -> Iterator[int]:
    import zlib

    own = zlib.crc32(os.fsencode(state_dir.resolve()))
    return (blocks[(own + step) % len(blocks)] for step in range(len(blocks)))


def _hold(port: int) -> socket.socket | None:
    """Bound and silent. Without SO_REUSEADDR, which would let two hold it."""
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        holder.bind(("127.0.0.1", port))
    except OSError:
        holder.close()
        return None
    return holder
