"""Keeps secrets out of everything that is shown or written, also URL-encoded, in base64 and in JSON."""

import re
from binascii import b2a_base64
from collections.abc import Collection, Iterable, Iterator, Mapping

from env.supervisor.output.escapes import clean

REPLACEMENT = b"[redacted]"
# What is shorter could be a word, and would take it out of innocent text.
SHORTEST_SECRET = 12
_SECRET_ENDINGS = ("KEY", "SECRET", "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIALS")
_PUBLIC_PARTS = ("PUBLIC", "PUBLISHABLE")
_PUBLIC_PREFIX = "NEXT_PUBLIC_"
_PASSWORD_IN_URL = re.compile(r"://[^/?#@\s:]*:([^/\s]+)@")
_FRAME = ("-----BEGIN", "-----END")
# What stays as it is for the strictest encoders, in a path, for encodeURIComponent and for encodeURI.
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAFE = [_UNRESERVED.union(more) for more in (b"", b"/", b"!'()*", b"!'()*;/?:@&=+$,#")]
_WORD = 4
# In words. Longer ones save little time and cost a place each.
_LONGEST_STEP = 6


class Redactor:
    """Finds any number of secrets in one pass.

    Every pattern is at least step × 4 + 3 bytes long, so wherever it stands it covers one of those words of
    four bytes that stand one step apart in the text. Only these are looked up, and a pattern is compared
    where one of its words was met.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = set(secrets)
        self._prepare()

    def learn(self, secrets: Collection[str]) -> None:
        """More of them: the env files are read anew for every life of a process."""
        if not self._secrets.issuperset(secrets):
            self._secrets.update(secrets)
            self._prepare()

    def _prepare(self) -> None:
        forms = {form for secret in self._secrets for part in _parts(secret) for form in _forms(part)}
        patterns = [form for form in forms if len(form) >= SHORTEST_SECRET]
        shortest = min(map(len, patterns), default=SHORTEST_SECRET)
        self.longest = max(map(len, patterns), default=1)
        self._step = min(_LONGEST_STEP, (shortest - _WORD + 1) // _WORD)
        self._places: dict[int, list[tuple[int, bytes]]] = {}
        self._beginnings: dict[bytes, list[bytes]] = {}
        for pattern in patterns:
            self._beginnings.setdefault(pattern[:_WORD], []).append(pattern)
            for offset in range(self._step * _WORD):
                (word,) = memoryview(pattern[offset : offset + _WORD]).cast("I")
                self._places.setdefault(word, []).append((offset, pattern))
        # A set, because dict views walk through themselves when they are the shorter ones.
        self._known = frozenset(self._places)

    def redact(self, text: bytes) -> bytes:
        """`text` holds whole lines: a secret that is cut is not seen."""
        kept, end = [], 0
        for start, stop in self.spans(text):
            kept += [text[end:start], REPLACEMENT]
            end = stop
        return b"".join([*kept, text[end:]]) if kept else text

    def cut(self, text: bytes) -> int:
        """Where an endless line may be cut: what follows may be the beginning of a secret."""
        place = max(len(text) // 2, len(text) - self.longest + 1)
        for start, stop in self.spans(text):
            if start < place < stop:
                place = start or stop
        while place and text[place : place + 1] and text[place] & 0xC0 == 0x80:
            place -= 1
        return place

    def undecided(self, text: bytes) -> int:
        """From where on the text may be the beginning of a secret."""
        for place in range(max(0, len(text) - self.longest + 1), len(text) - _WORD + 1):
            for pattern in self._beginnings.get(text[place : place + _WORD], ()):
                if pattern.startswith(text[place:]):
                    return place
        return len(text)

    def spans(self, text: bytes) -> list[tuple[int, int]]:
        """Where secrets are; overlapping ones are one."""
        if not self._known:
            return []
        words = memoryview(text)[: len(text) // _WORD * _WORD].cast("I")[:: self._step]
        if self._known.isdisjoint(words):
            return []
        merged: list[tuple[int, int]] = []
        for start, stop in sorted(self._matches(text, words)):
            if merged and start < merged[-1][1]:
                merged[-1] = merged[-1][0], max(stop, merged[-1][1])
            else:
                merged.append((start, stop))
        return merged

    def _matches(self, text: bytes, words: Iterable[int]) -> Iterator[tuple[int, int]]:
        for number, word in enumerate(words):
            if word in self._known:
                for offset, pattern in self._places[word]:
                    start = number * self._step * _WORD - offset
                    if start >= 0 and text.startswith(pattern, start):
                        yield start, start + len(pattern)


def secret_values(environment: Mapping[str, str], names: Collection[str] = ()) -> set[str]:
    """The variables of `names`, those that are called like secrets, and passwords inside URLs."""
    public = {value for name, value in environment.items() if name.startswith(_PUBLIC_PREFIX)}
    found = {value for name, value in environment.items() if name in names or _is_secret_name(name)}
    for value in environment.values():
        found.update(_passwords(value))
    return {value for value in found - public if len(value) >= SHORTEST_SECRET}


def _is_secret_name(name: str) -> bool:
    name = name.upper()
    return name.endswith(_SECRET_ENDINGS) and not any(part in name for part in _PUBLIC_PARTS)


def _passwords(url: str) -> Iterator[str]:
    for password in _PASSWORD_IN_URL.findall(url):
        yield password
        if "%" in password:
            from urllib.parse import unquote  # here, because it is needed so rarely

            yield unquote(password)


def _parts(secret: str) -> Iterator[str]:
    """Lines are read one by one, so a key of many lines is as many secrets; its frame is none."""
    for line in [secret, *secret.replace("\\n", "\n").splitlines()]:
        part = line.strip()
        if len(part) >= SHORTEST_SECRET and not part.startswith(_FRAME) and "\n" not in part:
            yield part


def _forms(secret: str) -> Iterator[bytes]:
    raw = secret.encode(errors="surrogateescape")
    yield raw
    yield clean(raw).plain  # as it is shown
    for shift in range(3):
        yield (core := _base64_core(raw, shift))
        yield core.replace(b"+", b"-").replace(b"/", b"_")
    if not _UNRESERVED.issuperset(raw):
        yield from _escaped(secret, raw)


def _escaped(secret: str, raw: bytes) -> Iterator[bytes]:
    import json  # here, because most secrets need no escape

    for safe in _SAFE:
        for escape in ("%{:02X}", "%{:02x}"):
            encoded = "".join(chr(byte) if byte in safe else escape.format(byte) for byte in raw).encode()
            yield encoded
            yield encoded.replace(b"%20", b"+")
    for is_ascii in (True, False):
        yield json.dumps(secret, ensure_ascii=is_ascii)[1:-1].encode(errors="surrogateescape")
    yield repr(secret)[1:-1].encode(errors="surrogateescape")


def _base64_core(raw: bytes, shift: int) -> bytes:
    """The characters that depend on nothing but `raw` when so many bytes precede it in its group of three."""
    first, last = -(-shift * 8 // 6), (shift + len(raw)) * 8 // 6
    return b2a_base64(bytes(shift) + raw)[first:last]


class LiveRedactor:
    """For bytes that are shown as they come: holds back what may be the beginning of a secret.

    Three bytes are none yet: they would keep the prompt of a debugger waiting.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._text = b""
        self._shown = 0

    def feed(self, data: bytes) -> bytes:
        self._text += data
        return self._show(self._redactor.undecided(self._text))

    def finish(self) -> bytes:
        """What was held back, and is the beginning of nothing."""
        shown = self._show(len(self._text))
        self._text, self._shown = b"", 0
        return shown

    def _show(self, held: int) -> bytes:
        """Up to there, without what is shown already."""
        text, done, shown = self._text, self._shown, []
        for start, stop in self._redactor.spans(text):
            if start < held:
                if held < stop:  # another may have begun within this one
                    held = start
                    break
                shown += [text[done:start], REPLACEMENT]
                done = stop
        shown.append(text[done:held])
        keep = max(0, min(held, len(text) - _WORD + 1))
        self._text, self._shown = text[keep:], max(held, self._shown) - keep
        return b"".join(shown)
