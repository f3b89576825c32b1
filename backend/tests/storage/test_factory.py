from pathlib import Path

import pytest

from backend.core.settings import get_settings
from backend.storage import LocalStorage, get_storage, original_key


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    variables = {
        "PIXCRAWLER_ENVIRONMENT": "test",
        "DATABASE_URL": "postgresql://postgres:postgres@127.0.0.1:1/postgres",
        "SUPABASE_URL": "http://127.0.0.1:54321",
        "SUPABASE_ANON_KEY": "anon",
        "SUPABASE_SERVICE_ROLE_KEY": "service",
        "STORAGE_PROVIDER": "local",
        "STORAGE_LOCAL_PATH": str(tmp_path / "files"),
        "STORAGE_SIGNING_KEY": "k" * 48,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    get_storage.cache_clear()
    yield
    get_settings.cache_clear()
    get_storage.cache_clear()


@pytest.mark.usefixtures("settings")
def test_the_settings_say_where_files_are_kept(tmp_path: Path):
    storage = get_storage()
    assert isinstance(storage, LocalStorage)
    storage.put(original_key("a" * 64), b"x")
    assert (tmp_path / "files" / "originals" / "aa" / ("a" * 64)).read_bytes() == b"x"


@pytest.mark.usefixtures("settings")
def test_a_process_has_one_storage():
    assert get_storage() is get_storage()
