"""What somebody typed to search or to filter with."""

import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

from env.supervisor.output.logs import LogLine

# An expression such as (a+)+$ may take years over one line, and no key would be heard meanwhile.
LONGEST_SECONDS = 0.5
T = TypeVar("T")


class Pattern:
    """Plain text, or `/a regular expression/`; upper and lower case are the same.

    An expression that is none (yet), or that takes too long over a line, is taken as text.
    """

    def __init__(self, typed: str) -> None:
        self.typed = typed
        self._is_expression = len(typed) > 2 and typed[0] == typed[-1] == "/"
        try:
            self._found = re.compile(typed[1:-1] if self._is_expression else re.escape(typed), re.IGNORECASE)
        except re.error:  # while it is being typed
            self._take_as_text()

    def fits(self, line: LogLine) -> bool:
        return self._in_time(lambda: self._found.search(line.text) is not None)

    def places(self, text: str) -> list[tuple[int, int]]:
        return self._in_time(lambda: [found.span() for found in self._found.finditer(text) if found.group()])

    def _take_as_text(self) -> None:
        self._is_expression = False
        self._found = re.compile(re.escape(self.typed), re.IGNORECASE)

    def _in_time(self, look: Callable[[], T]) -> T:
        if self._is_expression:
            try:
                with _alarm():
                    return look()
            except TimeoutError:
                self._take_as_text()
        return look()


@contextmanager
def _alarm() -> Iterator[None]:
    """Python's expressions look for signals now and then; Windows has no such timer."""
    if sys.platform == "win32":
        yield
        return
    former = signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, LONGEST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def _ring(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError
