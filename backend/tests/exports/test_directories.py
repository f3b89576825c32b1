import os
from hashlib import sha256
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.exports.directories import UNLABELLED, directory_names


class TestNames:
    @pytest.mark.parametrize(
        ("label", "name"),
        [
            ("red panda", "red panda"),
            ("Grünspecht", "Grünspecht"),
            ("", UNLABELLED),
            ("..", UNLABELLED),
            ("../../etc", "_.._etc"),
            ("a/b\\c:d", "a_b_c_d"),
            ("nul", "_nul"),
            ("COM1.txt", "_COM1.txt"),
            ("com¹", "_com¹"),
            ("CON .txt", "_CON .txt"),
            ("conin$", "_conin$"),
            ("a\u2028b\x85c\u061cd", "a_b_c_d"),
            ("evil\u202egpj", "evil_gpj"),
            ("ends with dot.", "ends with dot"),
        ],
    )
    def test_one_label(self, label: str, name: str) -> None:
        assert directory_names([label]) == {label: name}

    def test_labels_that_differ_only_in_case_get_two_directories(self) -> None:
        names = directory_names(["Cat", "cat", "CAT"])
        assert len({name.casefold() for name in names.values()}) == 3

    def test_labels_that_clean_to_the_same_get_two_directories(self) -> None:
        assert len(set(directory_names(["a/b", "a:b", "a_b"]).values())) == 3

    @pytest.mark.parametrize("name", ["README.md", "metadata.jsonl", "attribution.CSV"])
    def test_no_directory_is_named_like_a_file_of_the_archive(self, name: str) -> None:
        assert directory_names([name])[name].startswith(f"{name}-")

    def test_label_that_guesses_the_ending_of_another_shares_no_directory(self) -> None:
        guess = f"A-{sha256(b'a').hexdigest()[:8]}"
        assert len({name.casefold() for name in directory_names(["A", "a", guess]).values()}) == 3

    def test_names_do_not_depend_on_the_order(self) -> None:
        assert directory_names(["a/b", "a:b"]) == directory_names(["a:b", "a/b"])

    @given(st.lists(st.text(max_size=200), max_size=8))
    def test_any_labels_give_distinct_single_harmless_components(self, labels: list[str]) -> None:
        names = directory_names(labels)
        assert set(names) == set(labels)
        assert len({name.casefold() for name in names.values()}) == len(set(labels))
        for name in names.values():
            assert PurePosixPath(name).parts == PureWindowsPath(name).parts == (name,)
            assert name not in (".", "..")
            assert len(os.fsencode(name)) <= 120
