import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from backend.core import settings as module
from backend.core.settings import CommonSettings, InvalidSettingsError, get_settings, settings_or_exit
from backend.core.settings.errors import invalid_settings

GOOD = {
    "DATABASE_URL": "postgresql://pix:Zk3-9vQ_longer@db.pixcrawler.dev/pix",
    "REDIS_URL": "redis://:Zk3-9vQ@redis.pixcrawler.dev:6379/0",
    "CELERY_BROKER_URL": "redis://:Zk3-9vQ@redis.pixcrawler.dev:6379/2",
    "SUPABASE_URL": "https://qwertyuiopasdfgh.supabase.co/",
    "STORAGE_SIGNING_KEY": "Jr8vQ2mN7pXs4kLw9tYz3bHc6dFg1aSe",
    "ALLOWED_ORIGINS": "https://app.pixcrawler.dev",
}
VARIABLES = (
    "PIXCRAWLER_",
    "DATABASE_",
    "REDIS_",
    "CELERY_",
    "SUPABASE_",
    "STORAGE_",
    "CRAWLER_",
    "ALLOWED_",
    "LOG_",
)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch):
    for name in list(os.environ):
        if name.startswith(VARIABLES) or name in ("DEBUG", "ENVIRONMENT", "HOST", "PORT"):
            monkeypatch.delenv(name)


def _load(monkeypatch: pytest.MonkeyPatch, **variables: str) -> CommonSettings:
    for name, value in {**GOOD, **variables}.items():
        monkeypatch.setenv(name, value)
    try:
        return CommonSettings.model_validate({"_env_file": None})
    except ValidationError as error:
        raise invalid_settings(error, CommonSettings) from None


def _fault(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    with pytest.raises(InvalidSettingsError) as caught:
        _load(monkeypatch, **variables)
    return str(caught.value)


class TestReading:
    def test_groups_follow_the_names(self, monkeypatch: pytest.MonkeyPatch):
        settings = _load(
            monkeypatch,
            DATABASE_POOL_SIZE="7",
            DATABASE_MAX_OVERFLOW="3",
            CRAWLER_ALLOWED_HOSTS="127.0.0.1:54326, [::1]:54326",
            LOG_LEVEL="DEBUG",
        )
        assert (settings.database.pool_size, settings.database.max_overflow) == (7, 3)
        assert settings.crawler.allowed_hosts == ("127.0.0.1:54326", "[::1]:54326")
        assert settings.allowed_origins == ("https://app.pixcrawler.dev",)
        assert settings.supabase.issuer == "https://qwertyuiopasdfgh.supabase.co/auth/v1"
        assert settings.log_level == "DEBUG"

    def test_paths_do_not_depend_on_where_one_stands(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
        monkeypatch.chdir(tmp_path)
        root = Path(module.__file__).resolve().parents[3]
        assert _load(monkeypatch).storage.local_path == root / ".dev" / "storage"
        assert _load(monkeypatch, STORAGE_LOCAL_PATH="data").storage.local_path == root / "data"

    def test_secrets_are_not_shown(self, monkeypatch: pytest.MonkeyPatch):
        shown = repr(_load(monkeypatch)) + str(_load(monkeypatch).model_dump())
        assert "Zk3-9vQ" not in shown
        assert "Jr8vQ2" not in shown

    def test_names_of_other_tools_are_let_be(self, monkeypatch: pytest.MonkeyPatch):
        assert _load(
            monkeypatch, DATABASE_CLEANER="1", REDIS_PORT="tcp://10.0.0.1:6379", CELERY_TRACE_APP="1"
        )

    def test_the_real_environment_wins_over_files(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
        file = tmp_path / ".env"
        file.write_text("LOG_LEVEL=ERROR\nDATABASE_POOL_SIZE=9\nUNKNOWN_TO_US=1\n")
        for name, value in {**GOOD, "LOG_LEVEL": "DEBUG"}.items():
            monkeypatch.setenv(name, value)
        settings = CommonSettings.model_validate({"_env_file": file})
        assert (settings.log_level, settings.database.pool_size) == ("DEBUG", 9)


class TestFaults:
    @pytest.mark.parametrize(
        ("variable", "value", "words"),
        [
            ("PIXCRAWLER_ENVIRONMENT", "prod", ["(.env)", "'development', 'test' or 'production'"]),
            ("DATABASE_URL", "mysql://root:hunter2@x/y", ["(backend/.env)", "postgresql://"]),
            ("DATABASE_URL", "postgresql://u:hunter2@host:notaport/y", ["(backend/.env)", "not a valid URL"]),
            ("DATABASE_POOL_SIZE", "hunter2", ["valid integer"]),
            ("REDIS_URL", "http://hunter2", ["redis://"]),
            ("SUPABASE_URL", "hunter2", ["(.env)", "https://"]),
            ("STORAGE_SIGNING_KEY", "hunter2", ["32"]),
            ("STORAGE_PROVIDER", "hunter2", ["'local'"]),
            ("STORAGE_PATHS", "hunter2", ["check the spelling"]),
            ("CRAWLER_ALLOWED_HOSTS", "hunter2", ["host:port"]),
            ("CRAWLER_ALLOWED_HOSTS", "*:80", ["host:port"]),
            ("ALLOWED_ORIGINS", "https://hunter2.example/path", ["origins"]),
            ("LOG_LEVEL", "hunter2", ["'INFO'"]),
        ],
    )
    def test_names_variable_file_and_valid_values_but_never_the_value(
        self, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: list[str]
    ):
        text = _fault(monkeypatch, **{variable: value})
        assert variable in text
        assert all(word in text for word in words), text
        assert "hunter2" not in text

    def test_everything_missing_is_listed_at_once(self, monkeypatch: pytest.MonkeyPatch):
        with pytest.raises(ValidationError) as caught:
            CommonSettings.model_validate({"_env_file": None})
        lines = invalid_settings(caught.value, CommonSettings).lines
        assert [line.split()[0] for line in lines] == ["DATABASE_URL", "SUPABASE_URL", "STORAGE_SIGNING_KEY"]

    def test_a_process_ends_with_the_lines_and_no_traceback(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("PIXCRAWLER_ENVIRONMENT", "prod")
        get_settings.cache_clear()
        with pytest.raises(SystemExit, match="PIXCRAWLER_ENVIRONMENT"):
            settings_or_exit()
        get_settings.cache_clear()


class TestProduction:
    def test_real_values_are_accepted(self, monkeypatch: pytest.MonkeyPatch):
        assert _load(monkeypatch, PIXCRAWLER_ENVIRONMENT="production").is_production

    @pytest.mark.parametrize(
        ("variable", "value"),
        [
            ("DATABASE_URL", "postgresql://pix:changeme@db.pixcrawler.dev/pix"),
            ("DATABASE_URL", "postgresql://postgres:postgres@db.pixcrawler.dev/pix"),
            ("DATABASE_ECHO", "true"),
            ("STORAGE_SIGNING_KEY", "change-me-change-me-change-me-change-me"),
            ("STORAGE_SIGNING_KEY", "k" * 40),
            ("STORAGE_SIGNING_KEY", " " * 40),
            ("STORAGE_SIGNING_KEY", "1234567" * 6),
            ("SUPABASE_URL", "http://127.0.0.1:54321"),
            ("SUPABASE_URL", "http://localhost:54321"),
            ("SUPABASE_URL", "http://[::1]:54321"),
            ("SUPABASE_URL", "http://qwertyuiopasdfgh.supabase.co"),
            ("SUPABASE_URL", "https://your-project.supabase.co"),
            ("SUPABASE_SERVICE_ROLE_KEY", "<service role key>"),
            ("CRAWLER_ALLOWED_HOSTS", "127.0.0.1:54326"),
            ("DEBUG", "true"),
            ("ALLOWED_ORIGINS", "*"),
        ],
    )
    def test_what_is_only_safe_at_home_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
    ):
        assert _load(monkeypatch, **{variable: value})
        text = _fault(monkeypatch, PIXCRAWLER_ENVIRONMENT="production", **{variable: value})
        assert variable in text
        assert value.rpartition("/")[2] not in text or len(value) < 6
