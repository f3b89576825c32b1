from backend.storage.factory import get_storage
from backend.storage.keys import InvalidKeyError, export_key, original_key, subject_of, thumbnail_key
from backend.storage.local import LocalStorage
from backend.storage.protocol import MissingObjectError, Storage

__all__ = [
    "InvalidKeyError",
    "LocalStorage",
    "MissingObjectError",
    "Storage",
    "export_key",
    "get_storage",
    "original_key",
    "subject_of",
    "thumbnail_key",
]
