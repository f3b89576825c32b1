import re
import unicodedata
from collections.abc import Iterable
from hashlib import sha256

_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST_BYTES = 100
UNLABELLED = "unlabelled"


def directory_names(labels: Iterable[str]) -> dict[str, str]:
    """A directory per label that any file system takes; no two labels share one, whatever their case."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for label in sorted(set(labels)):
        name = _safe(label)
        if name.casefold() in taken:
            name = f"{name}-{sha256(label.encode()).hexdigest()[:8]}"
        taken.add(name.casefold())
        names[label] = name
    return names


def _safe(label: str) -> str:
    name = _UNSAFE.sub("_", unicodedata.normalize("NFC", label))
    name = name.encode()[:_LONGEST_BYTES].decode(errors="ignore").strip(". ")
    if not name:
        return UNLABELLED
    return f"_{name}" if _RESERVED.fullmatch(name) else name
