"""A file that people write: UTF-8, or a problem that says where it is not."""

from pathlib import Path

from env.supervisor.problems import ConfigurationError, Problem


def read_text(path: Path) -> str:
    """Without a byte order mark, lines end in a line feed. Raises ConfigurationError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        hint = "name another file, or run this in the folder of the project"
        raise ConfigurationError([Problem(str(path), f"cannot be read: {error.strerror}", hint)]) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigurationError([Problem(f"{path}:{line}", "is not UTF-8", "save it as UTF-8")]) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
