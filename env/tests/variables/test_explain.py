import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from env.variables.explain import explain
from env.variables.inventory import VARIABLES
from env.variables.masking import shown

Explained = Callable[..., Any]


@pytest.fixture
def explained(root: Path, capsys: pytest.CaptureFixture[str]) -> Explained:
    def _explained(name: str, **environment: str) -> Any:
        assert explain(name, as_json=True, root=root, environment=environment) == 0
        return json.loads(capsys.readouterr().out)

    return _explained


class TestAVariable:
    def test_shows_every_layer_in_the_order_in_which_they_win(self, root: Path, explained: Explained) -> None:
        (root / ".env.local").write_text("\n\nLOG_LEVEL=WARNING\n")
        with (root / "backend/.env").open("a") as file:
            file.write("LOG_LEVEL=ERROR\n")
        (root / "backend/.env.local").write_text("LOG_LEVEL=DEBUG\nLOG_LEVEL=INFO\n")
        of_root, of_backend = explained("LOG_LEVEL", LOG_LEVEL="ERROR")["parts"]
        assert [(layer["file"], layer["value"]) for layer in of_backend["layers"]] == [
            ("the environment", "ERROR"),
            ("backend/.env.local", "INFO"),
            ("backend/.env", "ERROR"),
            (".env.local", "WARNING"),
            (".env", "INFO"),
        ]
        assert [layer["line"] for layer in of_backend["layers"]][:2] == [None, 2]
        assert [layer["line"] for layer in of_root["layers"]] == [None, 3, 22]
        assert (of_backend["value"], of_backend["source"]) == ("ERROR", "the environment")

    def test_of_the_frontend_is_read_from_its_own_files_alone(self, root: Path, explained: Explained) -> None:
        (root / ".env.local").write_text("POSTGRES_URL=postgresql://elsewhere/x\n")
        (root / "frontend/.env.local").write_text("POSTGRES_URL=postgresql://u:hunter2@db:5432/x\n")
        (part,) = explained("POSTGRES_URL")["parts"]
        assert part["part"] == "frontend"
        assert part["source"] == "frontend/.env.local:1"
        assert part["value"] == "postgresql://u:***@db:5432/x"

    def test_that_nobody_sets_has_its_default(self, root: Path, explained: Explained) -> None:
        (root / "backend/.env").write_text("")
        (part,) = explained("STORAGE_PROVIDER")["parts"]
        assert (part["value"], part["source"], part["is_default"]) == ("local", None, True)
        (part,) = explained("DATABASE_URL")["parts"]
        assert (part["value"], part["source"], part["is_default"], part["is_valid"]) == (
            None, None, False, False,
        )  # fmt: skip

    def test_says_whether_its_value_is_valid(self, explained: Explained) -> None:
        parts = explained("LOG_LEVEL", LOG_LEVEL="LOUD")["parts"]
        assert [part["is_valid"] for part in parts] == [False, False]

    def test_is_told_to_people_with_what_it_is_for(
        self, root: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        explain("LOG_LEVEL", as_json=False, root=root, environment={"LOG_LEVEL": "LOUD"})
        told = capsys.readouterr().out
        assert "The least severe messages that are written." in told
        assert "wins  the environment  LOUD" in told
        assert "not valid: it must be DEBUG, INFO, WARNING or ERROR" in told
        assert "      .env:22          INFO" in told


class TestAllVariables:
    def test_are_listed_without_a_secret(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        secret = next(
            line.partition("=")[2]
            for line in (root / "backend/.env").read_text().splitlines()
            if line.startswith("STORAGE_SIGNING_KEY=")
        )
        assert explain("all", as_json=False, root=root, environment={}) == 0
        told = capsys.readouterr().out
        assert [line.split()[0] for line in told.splitlines()] == list(VARIABLES)
        assert secret not in told
        assert "SUPABASE_ANON_KEY" in told

    def test_are_one_json_document(self, explained: Explained) -> None:
        assert [found["name"] for found in explained("all")["variables"]] == list(VARIABLES)


class TestAnUnknownName:
    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("DATABSE_URL", "did you mean DATABASE_URL?"),
            ("database_url", "did you mean DATABASE_URL?"),
            ("MOON", "invoke env.explain all"),
        ],
    )
    def test_is_a_fault_with_a_hint(
        self, root: Path, capsys: pytest.CaptureFixture[str], name: str, words: str
    ) -> None:
        assert explain(name, as_json=False, root=root, environment={}) == 1
        assert words in capsys.readouterr().err

    def test_says_where_it_is_set_all_the_same(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (root / "backend/.env.local").write_text("MOON=hunter2\n")
        explain("MOON", as_json=False, root=root, environment={})
        told = capsys.readouterr().err
        assert "it is set in backend/.env.local:1" in told
        assert "hunter2" not in told


class TestAFileThatCannotBeRead:
    @pytest.mark.parametrize(
        ("content", "complaint"),
        [(b"\xff\xfe\x00", "is not UTF-8 text"), (b"='hunter2\n", "of the form NAME=value")],
    )
    def test_is_told_beside_the_answer(
        self, root: Path, capsys: pytest.CaptureFixture[str], content: bytes, complaint: str
    ) -> None:
        (root / ".env.local").write_bytes(content)
        assert explain("LOG_LEVEL", as_json=True, root=root, environment={}) == 0
        told = capsys.readouterr()
        assert json.loads(told.out)["parts"][0]["value"] == "INFO"
        assert ".env.local" in told.err
        assert complaint in told.err
        assert "hunter2" not in told.err


class TestMasking:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("", "(empty)"),
            ("postgresql://u:hunter2@db:5432/x", "postgresql://u:***@db:5432/x"),
            ("postgresql://u:hunter2@[::1]:5432/x", "postgresql://u:***@[::1]:5432/x"),
            ("postgresql://hunter2@db/x", "postgresql://***@db/x"),
            ("postgresql://db/x?password=hunter2&sslmode=off", "postgresql://db/x?***"),
            ("postgresql://127.0.0.1:54322/x", "postgresql://127.0.0.1:54322/x"),
            # What breaks an address must not make its password part of the host or path.
            ("postgresql://u:hunter2#x@db/x", "*** (16 to 63 characters)"),
            ("postgresql://u:12/hunter2@db/x", "*** (16 to 63 characters)"),
            ("postgresql://u:hun@ter2@db/x", "*** (16 to 63 characters)"),
            ("postgresql://u:hun?ter2@db/x", "*** (16 to 63 characters)"),
            ("postgresql://u:hunter2@db:port/x", "*** (16 to 63 characters)"),
            ("postgresql://u:hunter2@", "*** (16 to 63 characters)"),
            ("hunter2", "*** (under 16 characters)"),
            ("hunter2" * 10, "*** (64 characters or more)"),
        ],
    )
    def test_shows_of_a_secret_only_what_is_none(self, value: str, expected: str) -> None:
        assert shown(VARIABLES["DATABASE_URL"], value) == expected

    def test_hides_a_password_in_a_public_address_too(self) -> None:
        variable = VARIABLES["NEXT_PUBLIC_API_URL"]
        assert shown(variable, "http://u:hunter2@api/") == "http://u:***@api/"
        assert shown(variable, "http://u:hun#ter2@api/") == "*** (16 to 63 characters)"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SUPABASE_URL", "https://project.test/?apikey=hunter2"),
            ("NEXT_PUBLIC_APP_URL", "https://app.test/#access_token=hunter2"),
            ("CRAWLER_USER_AGENT", "me (+https://site.test/?token=hunter2)"),
            ("ALLOWED_ORIGINS", "https://a.test,https://u:hunter2@b.test"),
            ("CRAWLER_ALLOWED_HOSTS", "user:hunter2@127.0.0.1:80"),
            ("LOG_LEVEL", "INFO\nhunter2"),
            ("LOG_LEVEL", "hunter2-of-another-line"),
            ("SUPABASE_ANON_KEY", "sb_secret_hunter2-hunter2"),
        ],
    )
    def test_hides_a_secret_where_none_belongs(self, name: str, value: str) -> None:
        assert "hunter2" not in shown(VARIABLES[name], value)

    def test_shows_a_wrong_word(self) -> None:
        assert shown(VARIABLES["LOG_LEVEL"], "verbose") == "verbose"

    def test_lets_no_control_character_through(self) -> None:
        assert shown(VARIABLES["CRAWLER_USER_AGENT"], "a\x1b[2Jb\tc") == "a\\x1b[2Jb\\tc"
