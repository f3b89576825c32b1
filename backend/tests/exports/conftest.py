from backend.tests.workers.conftest import postgres, site, storage_path, workplace, world

__all__ = ["postgres", "site", "storage_path", "workplace", "world"]
