from backend.tests.workers.conftest import postgres, site, workplace, world

__all__ = ["postgres", "site", "workplace", "world"]
