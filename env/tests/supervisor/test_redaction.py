import base64
import json
import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from env.supervisor.output.escapes import Clean
from env.supervisor.output.jsonstyle import JsonStyle
from env.supervisor.output.logfiles import LogFile
from env.supervisor.output.output import LONGEST_LINE_BYTES, PrefixStyle, Stream, Style
from env.supervisor.output.redaction import (
    REPLACEMENT,
    SHORTEST_SECRET,
    LiveRedactor,
    Redactor,
    secret_values,
)
from env.supervisor.output.screen import Screen
from env.supervisor.processes.loop import Loop
from env.tests.supervisor.stack import Stack, kid

SECRET = "correct-horse+battery/staple"

# Without brackets: a secret that holds parts of `[redacted]` would come back with it.
letters = st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), exclude_characters="[]")
secret = st.text(letters, min_size=SHORTEST_SECRET, max_size=60)
noise = st.one_of(
    st.text(letters, max_size=30), st.sampled_from([" ", "\n", "\x1b[31m", "\r\n", "\t", "\x00", "%", "="])
)


class Outlets:
    """A stream whose terminal is a file, so that all of its outputs can be read."""

    def __init__(self, folder: Path, secrets: list[str], style: Style | None = None) -> None:
        self._shown, self._logged = folder / "shown", folder / "a.log"
        self._loop = Loop()
        self._fd = os.open(self._shown, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        self._logged.unlink(missing_ok=True)
        self._log = LogFile(self._logged)
        style = style or PrefixStyle(["a"], True)
        self.stream = Stream("a", Screen(self._loop, self._fd), style, self._log, Redactor(secrets))
        self.stream.begin()

    def feed(self, *chunks: bytes) -> bytes:
        for chunk in chunks:
            self.stream.feed(chunk)
        self.stream.finish()
        return self.everything()

    def everything(self) -> bytes:
        tail = "\n".join(self.stream.last_lines(10_000)).encode()
        return self._shown.read_bytes() + self._logged.read_bytes() + tail

    def close(self) -> None:
        self._log.close()
        self._loop.close()
        os.close(self._fd)


@pytest.fixture
def outlets(tmp_path: Path) -> Iterator[Outlets]:
    outlets = Outlets(tmp_path, [SECRET])
    yield outlets
    outlets.close()


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:stop] for start, stop in pairwise(places)]


class TestRandomText:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.lists(secret, min_size=1, max_size=5), st.data())
    def test_never_shows_a_secret_however_it_is_split(self, tmp_path: Path, secrets, data) -> None:
        words = data.draw(st.lists(st.one_of(noise, st.sampled_from(secrets)), max_size=20))
        text = "".join(words).encode()
        outlets = Outlets(tmp_path, secrets)
        try:
            shown = outlets.feed(*pieces(text, data.draw(st.lists(st.integers(0, 10_000), max_size=10))))
        finally:
            outlets.close()
        assert [value for value in secrets if value.encode() in shown] == []

    @settings(deadline=None)
    @given(st.lists(secret, min_size=1, max_size=5), st.data())
    def test_is_never_shown_live_either(self, secrets, data) -> None:
        words = data.draw(st.lists(st.one_of(noise, st.sampled_from(secrets)), max_size=20))
        live = LiveRedactor(Redactor(secrets))
        cuts = data.draw(st.lists(st.integers(0, 10_000), max_size=30))
        shown = b"".join(live.feed(piece) for piece in pieces("".join(words).encode(), cuts)) + live.finish()
        assert [value for value in secrets if value.encode() in shown] == []

    @given(st.lists(secret, max_size=5), st.binary(max_size=200))
    def test_without_a_secret_passes_unchanged(self, secrets, text) -> None:
        redactor = Redactor(secrets)
        live = LiveRedactor(redactor)
        if not any(value.encode() in text for value in secrets):
            assert redactor.redact(text) == text
            assert live.feed(text) + live.finish() == text

    @given(secret, st.binary(max_size=7), st.binary(max_size=7))
    def test_hides_base64_wherever_the_secret_stands_in_it(self, value, before, after) -> None:
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            shown = Redactor([value]).redact(encode(before + value.encode() + after))
            assert REPLACEMENT in shown
            # What is left belongs to the neighbours, but for the bits they share with the secret.
            left = len(shown) - len(REPLACEMENT)
            assert left <= len(base64.b64encode(before)) + len(base64.b64encode(after)) + 8

    @given(secret)
    def test_hides_what_was_escaped(self, value) -> None:
        lower = re.sub("%..", lambda match: match[0].lower(), quote(value, safe=""))
        spaced = quote_plus(value)
        forms = [quote(value), quote(value, safe=""), lower, spaced, quote(value, safe="!'()*")]
        forms += [json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]]
        redactor = Redactor([value])
        for form in forms:
            assert redactor.redact(f"x={form}&y".encode()) == b"x=" + REPLACEMENT + b"&y"


class TestSecret:
    def test_with_a_blank_is_found_as_plus_and_as_20(self) -> None:
        redactor = Redactor(["two words, one secret"])
        for form in (
            b"two%20words%2C%20one%20secret",
            b"two+words%2C+one+secret",
            b"two+words%2c+one+secret",
        ):
            assert redactor.redact(b"?q=" + form) == b"?q=" + REPLACEMENT

    def test_over_a_forced_cut_of_an_endless_line(self, outlets: Outlets) -> None:
        value = SECRET.encode()
        for before in range(len(value) + 2):
            outlets.stream.feed(b"x" * (LONGEST_LINE_BYTES - before) + value)
            outlets.stream.feed(b"y" * 50)
        shown = outlets.feed()
        assert value not in shown.replace(b"\n", b"")
        assert value[len(value) // 2 :] not in shown
        assert shown.count(REPLACEMENT) >= len(value)

    def test_at_the_very_end_without_a_newline(self, outlets: Outlets) -> None:
        assert SECRET.encode() not in outlets.feed(b"the key is ", SECRET[:9].encode(), SECRET[9:].encode())

    def test_with_a_colour_inside_is_hidden_and_its_neighbours_keep_theirs(self, outlets: Outlets) -> None:
        shown = outlets.feed(f"\x1b[31mred\n{SECRET[:5]}\x1b[1m{SECRET[5:]}\n\x1b[32mgreen\n".encode())
        assert SECRET.encode() not in re.sub(rb"\x1b\[[0-9;]*m", b"", shown)
        assert b"\x1b[31mred" in shown
        assert b"\x1b[32mgreen" in shown

    def test_with_nul_bytes_inside_is_hidden_when_they_are_dropped(self, outlets: Outlets) -> None:
        assert SECRET.encode() not in outlets.feed(SECRET.encode("utf-16-le") + b"\n")

    def test_that_is_a_key_of_many_lines_is_hidden_line_by_line(self) -> None:
        body = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj", "shortend="]
        key = "\n".join(["-----BEGIN PRIVATE KEY-----", *body, "-----END PRIVATE KEY-----"])
        for value in (key, key.replace("\n", "\\n"), key.replace("\n", "\r\n")):
            shown = Redactor([value]).redact(key.encode())
            assert not any(line.encode() in shown for line in body[:2])
            assert shown.count(REPLACEMENT) == 2
            assert b"-----BEGIN PRIVATE KEY-----" in shown

    def test_that_overlaps_another_goes_with_it_as_one(self) -> None:
        redactor = Redactor(["abcdefghijklmnop", "abcdefghijklmnopqrstuvwx", "uvwxyz0123456789"])
        assert redactor.redact(b"<abcdefghijklmnopqrstuvwxyz0123456789>") == b"<" + REPLACEMENT + b">"

    def test_that_is_short_is_no_secret(self) -> None:
        assert Redactor(["development", "", "a"]).redact(b"in development") == b"in development"

    def test_that_is_not_utf8_is_hidden_too(self, tmp_path: Path) -> None:
        value = b"\xff\xfe-not-utf8-secret\xff"
        outlets = Outlets(tmp_path, [os.fsdecode(value)])
        shown = outlets.feed(b"x " + value + b"\n")
        outlets.close()
        assert b"not-utf8-secret" not in shown

    def test_is_hidden_from_programs(self, tmp_path: Path) -> None:
        value = 'quo"te\\back\\slash and more'
        outlets = Outlets(tmp_path, [value], JsonStyle())
        shown = outlets.feed(value.encode() + b"\n" + json.dumps({"key": value}).encode() + b"\n")
        outlets.close()
        assert b"slash and more" not in shown
        assert shown.count(REPLACEMENT) == 6


class TestLive:
    def test_shows_a_prompt_at_once(self) -> None:
        assert LiveRedactor(Redactor([SECRET])).feed(b"(Pdb) ") == b"(Pdb) "

    def test_holds_back_the_beginning_of_a_secret_until_it_is_decided(self) -> None:
        live = LiveRedactor(Redactor([SECRET]))
        assert live.feed(b"x correct") == b"x "
        assert live.feed(b" answer") == b"correct answer"
        assert live.feed(b"\ncorrect") == b"\n"
        assert live.finish() == b"correct"

    def test_hides_a_secret_that_comes_byte_by_byte(self) -> None:
        live = LiveRedactor(Redactor([SECRET]))
        shown = b"".join(live.feed(bytes([byte])) for byte in f"<{SECRET}>".encode())
        assert shown == b"<cor" + REPLACEMENT + b">"


class TestSecretValues:
    def test_are_those_of_variables_that_are_called_so(self) -> None:
        environment = {
            "STRIPE_API_KEY": "k" * 12,
            "JWT_SECRET": "s" * 12,
            "GH_TOKEN": "t" * 12,
            "DB_PASSWORD": "p" * 12,
            "KEYBOARD_LAYOUT": "qwertyuiop[]",
            "SUPABASE_PUBLISHABLE_KEY": "public-value-1",
            "SHORT_SECRET": "changeme",
        }
        assert secret_values(environment) == {"k" * 12, "s" * 12, "t" * 12, "p" * 12}

    def test_are_those_that_are_named(self) -> None:
        assert secret_values({"SALT": "a long grain of salt"}, ["SALT"]) == {"a long grain of salt"}

    def test_are_the_passwords_inside_urls_as_written_and_as_meant(self) -> None:
        urls = "postgresql://me:a%2Flong%2Fpassword@host/db,redis://:another-password@host:6379/0"
        found = secret_values({"DATABASES": urls})
        assert found == {"a%2Flong%2Fpassword", "a/long/password", "another-password"}

    def test_are_not_what_the_browser_gets_anyway(self) -> None:
        environment = {"ANON_KEY": "public-value-1", "NEXT_PUBLIC_ANON_KEY": "public-value-1"}
        assert secret_values(environment) == set()


class TestRun:
    def test_shows_no_secret_of_its_environment_anywhere(
        self, stack: Stack, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SERVICE_TOKEN", SECRET)
        halves = f"printf %s {SECRET[:9]}; printf %s {SECRET[9:]} >&2; sleep 0.1; echo"
        stack.start({"a": f"{halves}; {kid('leave', 3, SECRET)}"})
        assert stack.code() == 3
        logs = b"".join(path.read_bytes() for path in (stack.state_dir / "logs").iterdir())
        assert SECRET not in stack.output
        assert SECRET.encode() not in logs
        # Both lines, and both again as what the culprit said last.
        assert stack.output.count("[redacted]") == 4

    def test_shows_no_secret_to_programs(self, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SERVICE_TOKEN", SECRET)
        stack.start({"a": kid("leave", 3, SECRET)}, {}, "--json")
        assert stack.code() == 3
        assert SECRET not in stack.output
        assert {"a"} == {json.loads(line).get("process", "a") for line in stack.output.splitlines()}


def test_a_style_takes_lines_in_both_looks() -> None:
    body = Clean(b"plain", b"\x1b[1mplain\x1b[0m")
    assert PrefixStyle(["a"], True).lines("a", body).endswith(b"\x1b[1mplain\x1b[0m\n")
    assert PrefixStyle(["a"], False).lines("a", body).endswith(b"| plain\n")
