from functools import lru_cache

from backend.core.settings import get_settings
from backend.storage.local import LocalStorage
from backend.storage.protocol import Storage


@lru_cache
def get_storage() -> Storage:
    """The storage that the settings name."""
    settings = get_settings().storage
    match settings.provider:
        case "local":
            return LocalStorage(settings.local_path)
