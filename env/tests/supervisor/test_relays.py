import ctypes
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from env.supervisor.processes.loop import WRITE, Loop
from env.supervisor.windows.jobs import BasicLimits, ExtendedLimits, pid_list
from env.supervisor.windows.relays import Relay, RelayedInlet, RelayedOutlet, relayed_output
from env.tests.supervisor.stack import eventually

BUFFERS_BYTES = 4 * 1024 * 1024


@contextmanager
def pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb", buffering=0) as one, os.fdopen(writer, "wb", buffering=0) as other:
        yield one, other


def test_what_nobody_takes_is_not_read() -> None:
    """A child that floods waits in its own pipe: nothing grows."""
    with pipe() as (reader, writer):
        relay = Relay(reader, is_output=True)
        os.set_blocking(writer.fileno(), False)
        taken, quiet_since = 0, time.monotonic()
        while time.monotonic() - quiet_since < 0.3:
            if written := writer.write(b"x" * 65536):
                taken, quiet_since = taken + written, time.monotonic()
            time.sleep(0.001)
        assert taken < BUFFERS_BYTES
        writer.close()
        relay.ours.setblocking(True)
        left = taken
        while left:
            left -= len(relay.ours.recv(1 << 20))
        assert relay.ours.recv(1) == b""
        relay.ours.close()


def test_an_outlet_drains_also_what_the_thread_has_in_hand() -> None:
    loop, taken = Loop(), bytearray()
    with pipe() as (reader, writer):
        relay = Relay(reader, is_output=True)
        outlet = RelayedOutlet(loop, relay, taken.extend, lambda: 65536)
        writer.write(b"last words")
        outlet.drain()
        assert taken == b"last words"
        writer.close()
        assert eventually(lambda: relay.is_over)
        loop.turn()
        outlet.drain()
        outlet.close()
    loop.close()


def test_an_inlet_feeds_in_order_and_ends_with_its_close() -> None:
    loop, data = Loop(), os.urandom(500_000)
    with pipe() as (reader, writer):
        inlet = RelayedInlet(loop, Relay(writer, is_output=False))
        assert inlet.feed(data)
        got = b""
        while len(got) < len(data):
            loop.after(0.01, lambda: None)
            loop.turn()
            got += reader.read(65536)
        assert got == data
        inlet.close()
        assert reader.read(1) == b""
    loop.close()


def test_an_inlet_learns_that_nobody_reads() -> None:
    with pipe() as (reader, writer):
        inlet = RelayedInlet(Loop(), Relay(writer, is_output=False))
        reader.close()
        assert eventually(lambda: not inlet.feed(b"x"))


class TestTheScreen:
    def test_that_is_paused_makes_nobody_wait(self) -> None:
        with pipe() as (reader, writer):
            fd, write, close = relayed_output(writer.fileno())
            written = 0
            try:
                while written < BUFFERS_BYTES:
                    written += write(fd, memoryview(b"x" * 65536))
            except BlockingIOError:
                pass
            assert 0 < written < BUFFERS_BYTES
            loop, is_drained = Loop(), False

            def drained() -> None:
                nonlocal is_drained
                is_drained = True

            loop.watch(fd, WRITE, drained)
            while not is_drained:
                reader.read(1 << 20)
                loop.after(0.01, lambda: None)
                loop.turn()
            loop.close()
            reader.close()
            close()

    def test_gets_everything_before_it_is_closed(self) -> None:
        with pipe() as (reader, writer):
            fd, write, close = relayed_output(writer.fileno())
            write(fd, memoryview(b"the end"))
            close()
            assert reader.read(100) == b"the end"
            assert writer.write(b"still open")


def test_the_structures_have_the_layout_of_a_64_bit_windows() -> None:
    assert ctypes.sizeof(ctypes.c_size_t) == 8
    assert ctypes.sizeof(BasicLimits) == 64
    assert ctypes.sizeof(ExtendedLimits) == 144
    assert BasicLimits.LimitFlags.offset == 16
    assert pid_list(64).ProcessIdList.offset == 8
    assert ctypes.sizeof(pid_list(64)) == 8 + 64 * 8
