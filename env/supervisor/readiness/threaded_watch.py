"""Changes of files elsewhere than on Linux: watchfiles waits in threads of its own and wakes the loop."""

import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from env.supervisor.processes.loop import READ, Loop
from env.supervisor.readiness.watch import DEBOUNCE_MS, STEP_MS, Rule


class ThreadedWatcher:
    def __init__(
        self,
        loop: Loop,
        rules: Iterable[Rule],
        on_change: Callable[[str, Path], None],
        on_error: Callable[[str], None],
    ) -> None:
        """`on_change` gets the name of the process and one of the files, on the loop."""
        self._loop, self._rules = loop, list(rules)
        self._on_change, self._on_error = on_change, on_error
        self._changes: deque[Mapping[str, Path] | str] = deque()
        self._stop = threading.Event()
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        loop.watch(self._reader.fileno(), READ, self._deliver)
        self._threads = [
            threading.Thread(target=self._wait, args=[roots, is_recursive], daemon=True)
            for is_recursive in (True, False)
            if (roots := {rule.root for rule in self._rules if rule.is_recursive is is_recursive})
        ]
        loop.after(0, self._begin)  # behind the first starts

    def stop(self) -> None:
        """Nothing is told any more; `close` will then not have to wait."""
        self._stop.set()

    def close(self) -> None:
        self.stop()
        for thread in self._threads:
            if thread.ident:
                thread.join()
        self._loop.forget(self._reader.fileno())
        self._reader.close()
        self._writer.close()

    def _begin(self) -> None:
        if not self._stop.is_set():
            for thread in self._threads:
                thread.start()

    def _wait(self, roots: Iterable[Path], is_recursive: bool) -> None:
        from watchfiles import watch  # takes 100 ms, here beside the start

        try:
            for batch in watch(
                *roots,
                watch_filter=None,
                debounce=DEBOUNCE_MS,
                step=STEP_MS,
                stop_event=self._stop,
                rust_timeout=0,
                recursive=is_recursive,
                raise_interrupt=False,
                ignore_permission_denied=True,  # the data folder of a database
            ):
                self._tell({process: path for _, name in batch for process, path in self._whose(Path(name))})
        except (OSError, RuntimeError) as error:  # watchfiles' own is a RuntimeError
            self._tell(f"changes of files are not seen: {error}")

    def _whose(self, path: Path) -> Iterable[tuple[str, Path]]:
        return ((rule.process, path) for rule in self._rules if rule.matches(path))

    def _tell(self, news: Mapping[str, Path] | str) -> None:
        if news:
            self._changes.append(news)
            self._writer.send(b"\0")

    def _deliver(self) -> None:
        with suppress(BlockingIOError):
            self._reader.recv(4096)
        while self._changes:
            news = self._changes.popleft()
            if self._stop.is_set():
                continue
            if isinstance(news, str):
                self._on_error(news)
                continue
            for process, path in news.items():
                self._on_change(process, path)
