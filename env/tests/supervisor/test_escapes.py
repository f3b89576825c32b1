import os
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from env.supervisor.output.escapes import clean, last_state

# What may reach a terminal: text, tabs, line ends and colours.
HARMLESS = re.compile(rb"(?:\x1b\[[0-9;:]*m|[^\x00-\x08\x0b-\x1f\x7f])*")
POISON = [
    *(bytes([code]) for code in (0, 5, 7, 8, 10, 13, 14, 15, 24, 26, 27, 127, 0x9B, 0x9D)),
    *("\x9b".encode(), "\x9d".encode(), "é".encode(), b"\xc2"),
    *(b"\x1b[", b"\x1b]", b"\x1bP", b"\x1b\\", b"[2J", b"31m", b"?1049h", b";", b"m", b"text", b"(0"),
]
poison = st.lists(st.one_of(st.sampled_from(POISON), st.binary(max_size=3))).map(b"".join)


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        (b"plain\ttext\n\nlines", b"plain\ttext\n\nlines"),
        (b"windows\r\nline ends\r", b"windows\nline ends"),
        (b"10 %\r50 %\r100 %\nnext", b"100 %\nnext"),
        (b"10 %\r50 %\r\r", b"50 %"),
        (b"\x1b[2K\x1b[1Gfetching\x1b[2K\x1b[1Gdone", b"done"),
        (b"\x1b[31mred\x1b[39;49m text", b"red text"),
        (b"\x1b[38:2::1:2:3mtrue colour", b"true colour"),
        (b"\x1b[2J\x1b[1;1Hfirst\x1b[3;1Hthird\x1b[5;1H", b"first\nthird"),
        (b"\x1b[?1049h\x1b[?25lalternate\x1b[?1049l", b"alternate"),
        (b"\x1b]0;title\x07a\x1b]8;;http://b\x1b\\link\x1b]8;;\x1b\\", b"alink"),
        (b"\x1b]0;a title without an end", b""),
        (b"a\x1bPq#0~~\x1b\\b\x1b_hidden\x1b\\c", b"abc"),
        (b"\x1b(0lqk\x0exxx\x0f", b"lqkxxx"),
        (b"\x1bcreset\x1b7\x1b8\x1bM", b"reset"),
        (b"bell\x07 null\x00 delete\x7f enquiry\x05", b"bell null delete enquiry"),
        (b"columns\x1b[10Cfar", b"columns far"),
        (b"\x1b[>4;1mkeys\x1b[6n", b"keys"),
        ("\x9b2Jeight\x9d0;t\x07 bits é ü \xa0".encode(), "eight bits é ü \xa0".encode()),
        (b"latin \xe4 \x9b2J", b"latin \\xe4 \\x9b2J"),
        (b"cut off \x1b[3", b"cut off "),
        (b"form\x0cfeed", b"form\nfeed"),
    ],
)
def test_what_stays_of_a_line(said: bytes, plain: bytes) -> None:
    assert clean(said).plain == plain


class TestColour:
    def test_stays_and_ends_with_its_line(self) -> None:
        coloured = clean(b"\x1b[31mred\nplain\n\x1b[1mbold").coloured
        assert coloured == b"\x1b[31mred\x1b[0m\nplain\n\x1b[1mbold\x1b[0m"

    def test_is_in_as_many_lines_as_the_plain_text(self) -> None:
        lines = clean(b"\x1b[31mred\x1b[5;1H\x1b[32mgreen\rblue")
        assert lines.plain.count(b"\n") == lines.coloured.count(b"\n") == 1


class TestWhateverIsSaid:
    @given(poison)
    def test_nothing_reaches_the_terminal_but_text_and_colours(self, said: bytes) -> None:
        for line in clean(said).coloured.split(b"\n"):
            assert HARMLESS.fullmatch(line)
            assert not re.search("[\x80-\x9f]", line.decode())

    @given(poison, st.integers(0, 1000))
    def test_no_sequence_comes_of_two_pieces(self, said: bytes, cut: int) -> None:
        """A forced cut cleans each piece for itself."""
        cut %= len(said) + 1
        shown = clean(said[:cut]).plain + clean(said[cut:]).plain
        assert HARMLESS.fullmatch(shown.replace(b"\n", b""))
        assert b"\x1b" not in shown
        assert not re.search("[\x80-\x9f]", shown.decode(errors="replace"))

    @given(poison)
    def test_both_looks_have_the_same_lines(self, said: bytes) -> None:
        plain, coloured = clean(said)
        assert plain.count(b"\n") == coloured.count(b"\n")
        assert re.sub(rb"\x1b\[[0-9;:]*m", b"", coloured) == plain

    @given(st.text(st.characters(exclude_categories=("Cc", "Cs"))))
    def test_ordinary_text_stays_as_it_is(self, text: str) -> None:
        assert clean(text.encode()) == (text.encode(), text.encode())

    @pytest.mark.parametrize(
        "bomb", [b"\x1b", b"\x1b[", b"\x1b]", b"\r", b"\x0b", b"\x08a", b"\x1b[1;1H", b"\xc2\x9b", b"a\r"]
    )
    def test_takes_no_more_than_linear_time(self, bomb: bytes) -> None:
        def seconds(times: int) -> float:
            begin = time.process_time()
            clean(bomb * times)
            return time.process_time() - begin

        assert seconds(80_000) < 100 * max(seconds(8_000), 0.001)


class TestLastState:
    def test_is_what_was_written_last(self) -> None:
        assert last_state(b"10 %\r20 %") == b"20 %"

    def test_keeps_a_return_that_may_be_half_a_line_end(self) -> None:
        assert last_state(b"10 %\r20 %\r") == b"20 %\r"


def test_random_bytes_never_raise() -> None:
    for _ in range(200):
        clean(os.urandom(2000))
