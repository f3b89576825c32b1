"""Light or dark, as asked for or as the terminal is."""

import os
import re
import select
import sys
import time

from textual.theme import Theme

# Far longer than a line over the ocean takes: an answer that comes later would be read as keys.
ANSWER_SECONDS = 1.0
DARK, LIGHT, PLAIN = "dark", "light", "ansi-dark"

THEMES = (
    Theme(
        name=DARK,
        primary="#6cb6ff",
        secondary="#8ddb8c",
        accent="#6cb6ff",
        warning="#daaa3f",
        error="#f47067",
        success="#6bc46d",
        foreground="#d5dae1",
        background="#101317",
        surface="#161a20",
        panel="#1d232b",
        variables={"block-cursor-text-style": "none", "border-blurred": "#2a313b"},
    ),
    Theme(
        name=LIGHT,
        primary="#0a5dc2",
        secondary="#15702f",
        accent="#0a5dc2",
        warning="#8a5a00",
        error="#c3202b",
        success="#15702f",
        foreground="#1f2328",
        background="#ffffff",
        surface="#f6f8fa",
        panel="#eaeef2",
        dark=False,
        variables={"block-cursor-text-style": "none", "border-blurred": "#d0d7de"},
    ),
)
# Of the names before the lines of all logs; red is left to what is wrong.
HUES = {
    True: ("#76c7d9", "#d9b36c", "#a3c178", "#c39ae0", "#86a9ee", "#e0a285", "#7fcbb0", "#d795b8"),
    False: ("#0b6e84", "#7d5700", "#3f6d14", "#7a3fa6", "#2b56b5", "#9a4a1c", "#0c6b52", "#97386b"),
}


def of_terminal() -> str:
    """Dark unless the terminal says that its background is light."""
    if "NO_COLOR" in os.environ:
        return PLAIN
    background = _asked() if sys.platform != "win32" else None
    if background is None:
        background = _announced(os.environ.get("COLORFGBG", ""))
    return LIGHT if background is not None and background > 0.5 else DARK


def _announced(colours: str) -> float | None:
    """COLORFGBG is `15;0` or `15;default;0`: numbers of the sixteen colours."""
    number = colours.rpartition(";")[2]
    return (1.0 if int(number) in {7, 15} else 0.0) if number.isdecimal() else None


def _asked() -> float | None:
    """OSC 11, and behind it a question that every terminal answers: none is waited for long."""
    import termios  # not on Windows
    import tty

    fd = sys.stdin.fileno()
    try:
        former = termios.tcgetattr(fd)
    except termios.error:
        return None
    try:
        tty.setcbreak(fd, termios.TCSANOW)
        os.write(sys.stdout.fileno(), b"\x1b]11;?\x1b\\\x1b[c")
        return _brightness(_answer(fd))
    finally:
        termios.tcsetattr(fd, termios.TCSAFLUSH, former)


def _answer(fd: int) -> bytes:
    answer, deadline = b"", time.monotonic() + ANSWER_SECONDS
    while not re.search(rb"\x1b\[\?[\d;]*c", answer):
        if not select.select([fd], [], [], max(0.0, deadline - time.monotonic()))[0]:
            break
        answer += os.read(fd, 1024)
    return answer


def _brightness(answer: bytes) -> float | None:
    found = re.search(rb"\x1b\]11;rgba?:([0-9a-fA-F]+)/([0-9a-fA-F]+)/([0-9a-fA-F]+)", answer)
    if not found:
        return None
    red, green, blue = (int(part, 16) / float(16 ** len(part) - 1) for part in found.groups())
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
