"""`invoke top`: the dashboard of this checkout's stack. Nobody else loads Textual."""

import os
import sys
import threading
from pathlib import Path

# 128 + SIGHUP
HANGUP_CODE = 129


def main(state_dir: Path, theme: str | None = None) -> int:
    """Until the reader leaves; the stack runs on. 2 where no dashboard can be drawn."""
    if not _can_draw():
        print("no terminal to draw on: use `invoke status --watch` instead", file=sys.stderr)
        return 2
    from env.top.app import Dashboard  # whoever has no terminal does not wait for it
    from env.top.themes import THEMES, of_terminal

    known = [each.name for each in THEMES]
    if theme and theme not in known:
        print(f"no theme '{theme}': use --theme {' or --theme '.join(known)}", file=sys.stderr)
        return 2
    threading.excepthook = _end_without_terminal
    return Dashboard(state_dir, theme or of_terminal()).run() or 0


def _end_without_terminal(failure: threading.ExceptHookArgs) -> None:
    """Textual's writer dies with its terminal, and the rest of Textual would wait for it for ever."""
    if isinstance(failure.exc_value, OSError):
        os._exit(HANGUP_CODE)
    threading.__excepthook__(failure)


def _can_draw() -> bool:
    """Textual reads standard input and draws on standard error."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream.isatty() for stream in streams) and os.environ.get("TERM") != "dumb"
