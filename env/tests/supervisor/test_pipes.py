import os

from env.supervisor.processes.loop import Loop
from env.supervisor.processes.pipes import LONGEST_INPUT_BYTES, Inlet


class TestTheInputOfAChild:
    def test_that_does_not_read_is_kept_up_to_a_limit(self) -> None:
        loop = Loop()
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        inlet = Inlet(loop, writer)
        assert inlet.feed(b"x" * LONGEST_INPUT_BYTES)
        assert not inlet.feed(b"x" * LONGEST_INPUT_BYTES)
        taken = len(os.read(reader, 1024 * 1024))
        while taken < LONGEST_INPUT_BYTES:
            loop.turn()
            taken += len(os.read(reader, 1024 * 1024))
        assert inlet.feed(b"y")
        assert os.read(reader, 10) == b"y"
        inlet.close()
        os.close(reader)

    def test_that_closed_it_is_told(self) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        inlet = Inlet(Loop(), writer)
        assert not inlet.feed(b"x")
        assert not inlet.feed(b"x")
