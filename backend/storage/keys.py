import re
from pathlib import PurePosixPath

_KEY = re.compile(
    r"originals/([0-9a-f]{2})/\1[0-9a-f]{62}"
    r"|thumbnails/([0-9a-f]{2})/\2[0-9a-f]{62}\.webp"
    r"|exports/[0-9A-Za-z-]{1,64}\.zip"
)
_SHA256 = re.compile(r"[0-9a-f]{64}")


class InvalidKeyError(ValueError):
    """Raised for a key that no part of the product builds."""


def original_key(sha256: str) -> str:
    return f"originals/{_checked(sha256)[:2]}/{sha256}"


def thumbnail_key(sha256: str) -> str:
    return f"thumbnails/{_checked(sha256)[:2]}/{sha256}.webp"


def export_key(export_id: object) -> str:
    return checked_key(f"exports/{export_id}.zip")


def subject_of(name: str) -> str | None:
    """The sha256, or the export's id, that a key is made of; None for what is no key."""
    return PurePosixPath(name).stem if _KEY.fullmatch(name) else None


def checked_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise InvalidKeyError(f"not a storage key: {key[:100]!r}")
    return key


def _checked(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise InvalidKeyError("not a sha256 in lower-case hexadecimal")
    return sha256
