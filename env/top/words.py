"""Figures as people read them."""

from env.commands import status

BARS = " ▁▂▃▄▅▆▇█"
UNKNOWN = "–"


def duration(seconds: float | None) -> str:
    return status.duration(seconds) or UNKNOWN


def moment(seconds: float | None) -> str:
    """Of a start that takes seconds."""
    if seconds is None:
        return UNKNOWN
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s" if seconds < 100 else duration(seconds)


def percent(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    return f"{value:.1f}%" if value < 10 else f"{value:.0f}%"


def size(count: float | None) -> str:
    if count is None:
        return UNKNOWN
    mebibytes = count / 2**20
    return f"{mebibytes / 1024:.1f} GiB" if mebibytes >= 1000 else f"{mebibytes:.0f} MiB"


def sparkline(percents: list[float], width: int) -> str:
    """A full bar is a whole core; what does anything at all shows."""
    shown = percents[-width:]
    return "".join(BARS[min(8, max(1, round(p / 12.5))) if p >= 0.5 else 0] for p in shown).rjust(width)


def shortened(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"[:width]
