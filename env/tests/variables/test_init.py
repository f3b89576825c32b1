import stat
from pathlib import Path

import pytest

from env.services.auth.keys import ensure_signing_key, is_api_key
from env.services.places import ServiceError
from env.variables import create_missing, load
from env.variables.files import read

ALL = [".env", "backend/.env", "frontend/.env"]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIXCRAWLER_ENVIRONMENT", "SUPABASE_URL", "SUPABASE_ANON_KEY"):
        monkeypatch.delenv(name, raising=False)


class TestMissingFiles:
    def test_are_written_and_valid(self, tmp_path: Path) -> None:
        assert create_missing(tmp_path) == ALL
        assert load(tmp_path, {}).problems == ()

    def test_can_be_read_by_their_owner_only(self, tmp_path: Path) -> None:
        create_missing(tmp_path)
        assert {stat.S_IMODE((tmp_path / file).stat().st_mode) for file in ALL} == {0o600}

    def test_get_keys_that_this_checkouts_key_has_signed(self, tmp_path: Path) -> None:
        create_missing(tmp_path)
        key = ensure_signing_key(tmp_path / ".dev" / "auth")
        values = read(tmp_path / ".env").values
        assert is_api_key(key, values["SUPABASE_ANON_KEY"], "anon")
        assert is_api_key(key, values["SUPABASE_SERVICE_ROLE_KEY"], "service_role")

    def test_get_secrets_of_their_own_each_time(self, tmp_path: Path) -> None:
        for place in (tmp_path / "one", tmp_path / "two"):
            create_missing(place)
        first, second = (read(tmp_path / place / "backend/.env").values for place in ("one", "two"))
        assert first["STORAGE_SIGNING_KEY"] != second["STORAGE_SIGNING_KEY"]

    def test_the_frontend_gets_the_key_that_the_root_has(self, tmp_path: Path) -> None:
        create_missing(tmp_path)
        (tmp_path / "frontend/.env").unlink()
        assert create_missing(tmp_path) == ["frontend/.env"]
        root, frontend = read(tmp_path / ".env").values, read(tmp_path / "frontend/.env").values
        assert frontend["NEXT_PUBLIC_SUPABASE_ANON_KEY"] == root["SUPABASE_ANON_KEY"]

    def test_the_frontend_follows_a_project_of_the_real_environment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SUPABASE_URL", "https://project.example.org")
        create_missing(tmp_path)
        frontend = read(tmp_path / "frontend/.env").values
        assert frontend["NEXT_PUBLIC_SUPABASE_URL"] == "https://project.example.org"

    def test_are_not_written_in_production(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PIXCRAWLER_ENVIRONMENT", "production")
        with pytest.raises(ServiceError, match="PIXCRAWLER_ENVIRONMENT is production"):
            create_missing(tmp_path)
        assert list(tmp_path.iterdir()) == []


class TestPresentFiles:
    def test_may_be_links_to_nowhere(self, tmp_path: Path) -> None:
        (tmp_path / ".env").symlink_to(tmp_path / "not mounted")
        assert create_missing(tmp_path) == ALL[1:]
        assert not (tmp_path / "not mounted").exists()

    def test_are_never_touched(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("# mine\n")
        assert create_missing(tmp_path) == ALL[1:]
        assert (tmp_path / ".env").read_text() == "# mine\n"
        assert create_missing(tmp_path) == []
