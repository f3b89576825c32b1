"""`logs`: what a process wrote, also after it ended."""

from pathlib import Path
from typing import Any

from env.commands.outcome import explained, whole_number
from env.supervisor.output.logs import LogLine, seconds_ago
from env.supervisor.output.logs import logs as read_logs

EVERY = "all"
DEFAULT_LINES = "100"
_PREFIX_WIDTH = 10


@explained
def logs(
    state_dir: Path,
    name: str,
    *,
    follow: bool = False,
    since: str = "",
    grep: str = "",
    lines: str = "",
    as_json: bool = False,
) -> None:
    """`since` or `grep` alone narrow all there is; without any of the three it is the last hundred lines."""
    narrowing: dict[str, Any] = {}
    if since:
        narrowing["since_seconds"] = seconds_ago(since)
    if grep:
        narrowing["pattern"] = grep
    if lines or not narrowing:
        narrowing["last"] = whole_number("--lines", lines or DEFAULT_LINES)
    wanted = None if name == EVERY else name
    try:
        for line in read_logs(state_dir, wanted, follow=follow, **narrowing):
            print(_json(line) if as_json else _text(line, is_one=wanted is not None), flush=follow)
    except KeyboardInterrupt:
        if not follow:
            raise


def _text(line: LogLine, *, is_one: bool) -> str:
    prefix = "" if is_one else f"{line.name:<{_PREFIX_WIDTH}} | "
    return f"{line.stamp[11:]} {prefix}{line.text}"


def _json(line: LogLine) -> str:
    import json

    return json.dumps(line._asdict())
