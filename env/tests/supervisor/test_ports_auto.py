import socket
import threading
import zlib
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from env.supervisor.configuration.specification import Settings, Specification
from env.supervisor.ports.own import BLOCK, BLOCKS, own_ports
from env.supervisor.problems import PortTakenError

PLAN = [
    Specification("db", "x", Settings(ports=(54322,))),
    Specification("api", "x", Settings(ports=(8000,), port_variables={"API_PORT": 8000})),
]


# A place for each test: they run at the same time.
PLACES = [range(10000 + 500 * number, 10500 + 500 * number, BLOCK) for number in range(5)]


def rivals(folder: Path, blocks: range) -> Iterator[Path]:
    """State folders that all prefer the same block."""
    own = lambda path: zlib.crc32(str(path.resolve()).encode()) % len(blocks)  # noqa: E731
    paths = (folder / str(number) / ".dev" for number in count())
    return (path for path in paths if own(path) == 0)


def test_ports_move_into_one_block_and_stay_there_from_run_to_run(tmp_path: Path) -> None:
    with own_ports(tmp_path, PLAN, PLACES[0]) as first:
        pass
    with own_ports(tmp_path, PLAN, PLACES[0]) as second:
        assert first == second
    assert list(first) == [8000, 54322]
    assert set(first.values()) < set(
        range(first[8000] // BLOCK * BLOCK + 1, first[8000] // BLOCK * BLOCK + BLOCK)
    )


def test_a_block_is_none_of_the_defaults(tmp_path: Path) -> None:
    with own_ports(tmp_path, PLAN) as ports:
        assert all(BLOCKS.start < port < BLOCKS.stop for port in ports.values())


def test_five_checkouts_that_want_the_same_block_at_the_same_time_get_five(tmp_path: Path) -> None:
    folders = [path for path, _ in zip(rivals(tmp_path, PLACES[1]), range(5), strict=False)]
    start, end = threading.Barrier(5), threading.Barrier(5)
    found: list[dict[int, int]] = []

    def checkout(folder: Path) -> None:
        start.wait()
        with own_ports(folder, PLAN, PLACES[1]) as ports:
            found.append(ports)
            end.wait()

    threads = [threading.Thread(target=checkout, args=[folder]) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({port for ports in found for port in ports.values()}) == 10


def test_a_stranger_on_one_of_the_ports_sends_us_to_the_next_block(tmp_path: Path) -> None:
    with own_ports(tmp_path, PLAN, PLACES[2]) as free:
        pass
    stranger = socket.create_server(("127.0.0.1", free[8000]))
    with stranger, own_ports(tmp_path, PLAN, PLACES[2]) as other:
        assert not set(free.values()) & set(other.values())


def test_a_block_with_a_declared_port_in_it_is_not_used(tmp_path: Path) -> None:
    with own_ports(tmp_path, PLAN, PLACES[3]) as free:
        pass
    declared = free[8000] + 7
    with own_ports(tmp_path, [Specification("a", "x", Settings(ports=(declared,)))], PLACES[3]) as ports:
        assert ports[declared] // BLOCK != declared // BLOCK


def test_more_ports_than_a_block_has_are_refused(tmp_path: Path) -> None:
    plan = [Specification("a", "x", Settings(ports=tuple(range(1, BLOCK + 1))))]
    with pytest.raises(PortTakenError, match="at most 49"), own_ports(tmp_path, plan):
        pass


def test_no_free_block_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (only,) = place = PLACES[4][:1]
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", only))
        with pytest.raises(PortTakenError, match="no free block"), own_ports(tmp_path, PLAN, place):
            pass
    with own_ports(tmp_path, PLAN, place) as ports:
        assert ports[8000] == only + 1
