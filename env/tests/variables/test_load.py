import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from env.variables import VariablesError, load, require
from env.variables.inventory import ROOT_TIER
from env.variables.render import example

Edit = Callable[[str, str, str], None]


@pytest.fixture
def edit(root: Path) -> Edit:
    def _edit(file: str, name: str, line: str) -> None:
        path = root / file
        lines = [line if old.startswith(f"{name}=") else old for old in path.read_text().splitlines()]
        path.write_text("\n".join(lines) + "\n")

    return _edit


def told(root: Path) -> list[str]:
    return [str(problem) for problem in load(root, {}).problems]


class TestValues:
    def test_are_those_of_the_files(self, root: Path) -> None:
        assert load(root, {}).tiers["root"]["LOG_LEVEL"] == "INFO"

    def test_of_the_real_environment_win(self, root: Path) -> None:
        assert load(root, {"LOG_LEVEL": "DEBUG"}).tiers["root"]["LOG_LEVEL"] == "DEBUG"

    def test_with_blanks_survive_the_quotes(self, root: Path) -> None:
        agent = load(root, {}).tiers["backend"]["CRAWLER_USER_AGENT"]
        assert agent == "PixCrawler/0.1 (+https://github.com/pixcrawler)"


class TestAFault:
    def test_names_variable_file_line_and_valid_values(self, root: Path, edit: Edit) -> None:
        edit(".env", "PIXCRAWLER_ENVIRONMENT", "PIXCRAWLER_ENVIRONMENT=staging")
        expected = "PIXCRAWLER_ENVIRONMENT must be development, test or production, for example development"
        assert told(root) == [f".env:6: {expected}"]

    def test_in_the_real_environment_names_no_file(self, root: Path) -> None:
        faults = load(root, {"LOG_LEVEL": "LOUD"}).faults
        expected = "the environment: LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, for example INFO"
        assert [str(fault) for fault in faults] == [expected]

    @pytest.mark.parametrize(
        ("file", "name", "value"),
        [
            (".env", "SUPABASE_SERVICE_ROLE_KEY", "hunter2"),
            ("backend/.env", "DATABASE_URL", "mysql://root:hunter2@db/pix"),
            ("backend/.env", "REDIS_URL", "http://:hunter2@cache"),
            ("backend/.env", "STORAGE_SIGNING_KEY", "hunter2"),
            ("frontend/.env", "POSTGRES_URL", "hunter2:5432"),
            ("frontend/.env", "NEXT_PUBLIC_API_URL", "localhost:8000#hunter2"),
            ("backend/.env", "ALLOWED_ORIGINS", "https://app.example.org/hunter2"),
            ("backend/.env", "CRAWLER_ALLOWED_HOSTS", "127.0.0.1/hunter2"),
        ],
    )
    def test_is_found_and_its_value_never_told(
        self, root: Path, edit: Edit, file: str, name: str, value: str
    ) -> None:
        edit(file, name, f"{name}={value}")
        problems = told(root)
        assert any(file in problem and f"{name} must be" in problem for problem in problems)
        assert "hunter2" not in "".join(problems)

    @pytest.mark.parametrize("file", [".env", "frontend/.env"])
    @pytest.mark.parametrize("form", ["{}", "sb_secret_of_a_project_elsewhere"])
    def test_is_that_the_secret_key_stands_where_everybody_reads_it(
        self, root: Path, edit: Edit, file: str, form: str
    ) -> None:
        key = form.format(load(root, {}).tiers["root"]["SUPABASE_SERVICE_ROLE_KEY"])
        name = "SUPABASE_ANON_KEY" if file == ".env" else "NEXT_PUBLIC_SUPABASE_ANON_KEY"
        edit(file, name, f"{name}={key}")
        (fault,) = load(root, {}).faults
        assert f"{name} must be the public API key" in str(fault)

    def test_is_that_the_public_key_stands_for_the_secret_one(self, root: Path, edit: Edit) -> None:
        key = load(root, {}).tiers["root"]["SUPABASE_ANON_KEY"]
        edit(".env", "SUPABASE_SERVICE_ROLE_KEY", f"SUPABASE_SERVICE_ROLE_KEY={key}")
        (fault,) = load(root, {}).faults
        assert "SUPABASE_SERVICE_ROLE_KEY must be the secret API key" in str(fault)

    def test_of_a_variable_that_is_empty_is_that_it_is_missing(self, root: Path, edit: Edit) -> None:
        edit("backend/.env", "DATABASE_URL", "DATABASE_URL=")
        expected = (
            "DATABASE_URL is not set; it needs an address that starts with postgresql:// or postgres://"
        )
        assert any(problem.endswith(expected) for problem in told(root))

    def test_of_an_example_that_was_copied_says_how_to_get_keys(self, root: Path) -> None:
        (root / ".env").write_text(example(ROOT_TIER))
        faults = [str(fault) for fault in load(root, {}).faults]
        assert len(faults) == 2
        assert all(fault.endswith("; for a local one remove .env and run invoke dev") for fault in faults)

    def test_of_a_missing_file_lists_what_it_would_hold(self, root: Path) -> None:
        (root / "backend/.env").unlink()
        assert told(root) == [
            "backend/.env: is missing, and with it DATABASE_URL, REDIS_URL, CELERY_BROKER_URL, "
            "STORAGE_SIGNING_KEY; write the missing file with: invoke dev"
        ]

    def test_is_none_when_the_real_environment_holds_everything(self, root: Path) -> None:
        values = {name: value for tier in load(root, {}).tiers.values() for name, value in tier.items()}
        for file in (".env", "backend/.env", "frontend/.env"):
            (root / file).unlink()
        assert load(root, values).problems == ()

    def test_of_a_broken_line_tells_its_number_and_nothing_else(
        self, root: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        path = root / "frontend/.env"
        path.write_text(f"='hunter2\n{path.read_text()}")
        with caplog.at_level(logging.WARNING):
            assert told(root) == ["frontend/.env:1: is not of the form NAME=value"]
        assert caplog.text == ""

    def test_of_a_file_that_is_not_text_is_told(self, root: Path) -> None:
        (root / ".env").write_bytes(b"\xff\xfe\x00")
        assert [line for line in told(root) if line.startswith(".env")] == [
            ".env: is not UTF-8 text; save it as UTF-8"
        ]

    def test_all_are_raised_at_once(self, root: Path, edit: Edit) -> None:
        edit(".env", "LOG_LEVEL", "LOG_LEVEL=LOUD")
        edit("backend/.env", "REDIS_URL", "REDIS_URL=nowhere")
        with pytest.raises(VariablesError) as raised:
            require(root, {})
        assert len(str(raised.value).splitlines()) == 2


class TestAWarning:
    def test_a_misspelt_name_is_told_with_the_one_that_was_meant(self, root: Path, edit: Edit) -> None:
        edit("backend/.env", "CELERY_BROKER_URL", "CELERY_BROKER_ULR=redis://127.0.0.1:1/2")
        assert any(
            "CELERY_BROKER_ULR is read by nobody; meant CELERY_BROKER_URL?" in line for line in told(root)
        )

    def test_names_of_others_are_none_of_our_business(self, root: Path) -> None:
        with (root / ".env").open("a") as file:
            file.write("EDITOR=vi\nDATABASE_ECHO=true\n")
        assert told(root) == []

    def test_keys_that_ought_to_be_equal_are_compared(self, root: Path, edit: Edit) -> None:
        edit(".env", "SUPABASE_URL", "SUPABASE_URL=http://127.0.0.1:9")
        loaded = load(root, {})
        assert loaded.faults == ()
        assert "NEXT_PUBLIC_SUPABASE_URL differs from SUPABASE_URL" in str(loaded.problems[0])
