from collections.abc import Iterator
from pathlib import Path

import pytest

from env.tests.supervisor.stack import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path)
    yield stack
    stack.clear()
