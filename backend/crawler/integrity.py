import re
from enum import StrEnum

_PADDING = re.compile(r"extraneous bytes before marker 0x([0-9a-f]{2})")
_HEADER_MARKERS = frozenset({"c0", "c1", "c2", "db", "fe", *(f"e{digit:x}" for digit in range(16))})


class Integrity(StrEnum):
    OK = "ok"
    SUSPECT = "suspect"
    CORRUPT = "corrupt"


def judge_warning(message: str) -> Integrity:
    """What a complaint of libjpeg says about the picture.

    Padding before a segment that only occurs in the header hurts nobody; before one that may follow scan data
    (tables, the next scan, the end) it is what a hole in that data looks like.
    """
    text = message.lower()
    padded = _PADDING.search(text)
    if padded is not None:
        return Integrity.SUSPECT if padded.group(1) in _HEADER_MARKERS else Integrity.CORRUPT
    harmless = (
        "unknown adobe color transform",
        "inconsistent progression sequence",
        "invalid sos parameters",
    )
    return Integrity.SUSPECT if any(phrase in text for phrase in harmless) else Integrity.CORRUPT
