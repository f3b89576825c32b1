import os
import threading
from pathlib import Path

import pytest
from dotenv import dotenv_values

from env.supervisor.configuration.envfiles import read_env_files
from env.supervisor.problems import ConfigurationError, Problem

GRAMMAR = r"""
# comment
A=1
export B = two words   # comment
C='single # quoted'
D="line\nbreak \"quoted\" \\ $A"
E=p#ss
F=
G={"a": [1, "b"]}
H="over
two lines"
I='it''s'
J=${A}/${NOBODY:-default}/${NOBODY}
'quoted key'=x
K
A=2
L=${A}
"""


def refused(folder: Path, *paths: str) -> list[Problem]:
    with pytest.raises(ConfigurationError) as caught:
        read_env_files(folder, paths)
    return caught.value.problems


class TestValues:
    def test_the_grammar_is_python_dotenvs(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text(GRAMMAR.replace("I='it''s'\n", ""))
        expected = dotenv_values(tmp_path / ".env")
        assert expected.pop("K") is None
        assert read_env_files(tmp_path, [".env"]) == expected

    def test_the_later_file_wins_and_each_has_a_local_one_behind_it(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_text("ONE=a\nTWO=a\nTHREE=a\n")
        (tmp_path / "a.local").write_text("TWO=a.local\nTHREE=a.local\n")
        (tmp_path / "b").write_text("THREE=b\n")
        found = read_env_files(tmp_path, ["a", "b"])
        assert found == {"ONE": "a", "TWO": "a.local", "THREE": "b"}

    def test_a_local_file_needs_no_other_and_a_missing_one_is_skipped(self, tmp_path: Path) -> None:
        (tmp_path / "a.local").write_text("A=1\n")
        assert read_env_files(tmp_path, ["a", "nowhere/b"]) == {"A": "1"}

    def test_a_value_may_be_made_of_those_of_earlier_files(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_text("HOST_OF_A=db\n")
        (tmp_path / "b").write_text("URL=redis://${HOST_OF_A}:1\n")
        assert read_env_files(tmp_path, ["a", "b"])["URL"] == "redis://db:1"

    def test_the_real_environment_wins_inside_of_values_too(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOST_OF_A", "real")
        (tmp_path / "a").write_text("HOST_OF_A=file\nURL=redis://${HOST_OF_A}:1\n")
        assert read_env_files(tmp_path, ["a"])["URL"] == "redis://real:1"

    def test_a_byte_order_mark_and_the_line_ends_of_windows_are_no_part_of_it(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_bytes(b"\xef\xbb\xbfA=1\r\nB='two\r\nlines'\r\n")
        assert read_env_files(tmp_path, ["a"]) == {"A": "1", "B": "two\nlines"}


class TestProblems:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("A=1\n\n\nsecret value here\n", 4),
            ("A='secret\n", 1),
            ('A=1\nB="secret\n', 2),
            ("A=1\n=secret\n", 2),
            ("\n# x\nA='secret'secret\n", 3),
        ],
    )
    def test_a_line_that_is_no_assignment_is_named_without_its_content(
        self, tmp_path: Path, text: str, line: int
    ) -> None:
        (tmp_path / ".env").write_text(text)
        (problem,) = refused(tmp_path, ".env")
        assert problem.where == f"{tmp_path / '.env'}:{line}"
        assert problem.hint
        assert "secret" not in str(problem)

    def test_every_line_of_every_file_is_told_at_once(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_text("x y\nA=1\nz z\n")
        (tmp_path / "b.local").write_text("x y\n")
        assert [problem.where.rpartition("/")[2] for problem in refused(tmp_path, "a", "b")] == [
            "a:1",
            "a:3",
            "b.local:1",
        ]

    def test_a_nul_character_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_bytes(b"A=1\nB=se\0cret\n")
        (problem,) = refused(tmp_path, "a")
        assert problem.where.endswith("a:2")
        assert "NUL" in problem.what
        assert "cret" not in str(problem)

    def test_what_is_not_utf_8_is_refused_with_its_line(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_bytes(b"A=1\nB=\xff\n")
        (problem,) = refused(tmp_path, "a")
        assert problem.where.endswith("a:2")
        assert "UTF-8" in problem.what

    def test_what_cannot_be_read_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        (problem,) = refused(tmp_path, "a")
        assert "cannot be read: Is a directory" in problem.what

    def test_a_pipe_to_which_nobody_writes_keeps_nobody_waiting(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a")
        (problem,) = refused(tmp_path, "a")
        assert "nobody writes to it" in problem.what

    def test_a_file_of_a_gigabyte_is_not_read(self, tmp_path: Path) -> None:
        with (tmp_path / "a").open("wb") as file:
            file.truncate(1 << 30)
        (problem,) = refused(tmp_path, "a")
        assert "more than 16 MiB" in problem.what

    def test_links_that_lead_to_themselves_are_none(self, tmp_path: Path) -> None:
        (tmp_path / "a").symlink_to("a.local")
        (tmp_path / "a.local").symlink_to("a")
        assert read_env_files(tmp_path, ["a"]) == {}


def test_a_pipe_to_which_somebody_writes_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a")
    writer = threading.Thread(target=(tmp_path / "a").write_text, args=["A=1\n"])
    writer.start()
    assert read_env_files(tmp_path, ["a"]) == {"A": "1"}
    writer.join()
