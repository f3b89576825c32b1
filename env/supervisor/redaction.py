"""Keeps secrets out of everything that is shown or written, also URL-encoded, in base64 and in JSON."""

import re
from binascii import b2a_base64
from collections.abc import Collection, Iterable, Iterator, Mapping

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
        patterns = {form for secret in secrets for part in _parts(secret) for form in _forms(part)}
        shortest = min(map(len, patterns), default=SHORTEST_SECRET)
        self._step = min(_LONGEST_STEP, (shortest - _WORD + 1) // _WORD)
        self._places: dict[int, list[tuple[int, bytes]]] = {}
        for pattern in patterns:
            for offset in range(self._step * _WORD):
                (word,) = memoryview(pattern[offset : offset + _WORD]).cast("I")
                self._places.setdefault(word, []).append((offset, pattern))
        # A set, because dict views walk through themselves when they are the shorter ones.
        self._known = frozenset(self._places)

    def redact(self, text: bytes) -> bytes:
        """`text` holds whole lines: a secret that is cut is not seen."""
        words = memoryview(text)[: len(text) // _WORD * _WORD].cast("I")[:: self._step]
        if self._known.isdisjoint(words):
            return text
        return _without(text, sorted(self._spans(text, words)))

    def _spans(self, text: bytes, words: Iterable[int]) -> Iterator[tuple[int, int]]:
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


def _without(text: bytes, spans: list[tuple[int, int]]) -> bytes:
    """Overlapping secrets go as one."""
    kept, end = [], 0
    for start, stop in spans:
        if start >= end:
            kept += [text[end:start], REPLACEMENT]
        end = max(end, stop)
    return b"".join([*kept, text[end:]])
