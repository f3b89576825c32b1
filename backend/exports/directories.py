import re
import unicodedata
from collections.abc import Iterable
from hashlib import sha256

_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]')
# Windows takes superscript digits for digits, and ignores spaces before the dot.
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d¹²³]) *(\..*)?", re.IGNORECASE)
# What lies beside the directories; a name that a file has cannot be a directory's.
_FILES = ("ATTRIBUTION.csv", "README.md", "metadata.jsonl")
_LONGEST_BYTES = 100
UNLABELLED = "unlabelled"


def directory_names(labels: Iterable[str]) -> dict[str, str]:
    """A directory per label that any file system takes; no two labels share one, whatever their case."""
    names: dict[str, str] = {}
    taken = {name.casefold() for name in _FILES}
    for label in sorted(set(labels)):
        name, digest = _safe(label), label
        # Once is not always enough: another label may look like this one with its ending.
        while name.casefold() in taken:
            digest = sha256(digest.encode()).hexdigest()
            name = f"{_safe(label)}-{digest[:8]}"
        taken.add(name.casefold())
        names[label] = name
    return names


def _safe(label: str) -> str:
    name = _UNSAFE.sub("_", unicodedata.normalize("NFC", label))
    name = name.encode()[:_LONGEST_BYTES].decode(errors="ignore").strip(". ")
    if not name:
        return UNLABELLED
    return f"_{name}" if _RESERVED.fullmatch(name) else name
