"""Takes what acts on a terminal out of a child's lines; colours may stay."""

import re
from typing import NamedTuple

RESET = b"\x1b[0m"
_COLOURS = rb"\x1b\[[0-9;:]{0,64}m"
_COLOUR = re.compile(_COLOURS)
_SEQUENCE = re.compile(
    # CSI, also one that is incomplete; then OSC, DCS, SOS, PM and APC up to their end or the line's; the
    # rest, charsets above all; and the 8-bit form of them all.
    rb"(?P<colour>" + _COLOURS + rb")"
    rb"|(?:\x1b\[|\xc2\x9b)[0-?]*[ -/]*[@-~]?"
    rb"|(?:\x1b[\]PX^_]|\xc2[\x90\x98\x9d-\x9f])[^\x07\x18\x1a\x1b\n]*(?:\x07|\x1b\\)?"
    rb"|\x1b[ -/]*[0-Z\\`-~]?"
    rb"|\xc2[\x80-\x9f]"
)
_MOVES = re.compile(rb"(?:\x1b\[|\xc2\x9b)[0-9;]*([A-HSTdf])")
# To another line, to the start of this one, to the right.
_MEANINGS = dict.fromkeys(b"ABEFHSTdf", b"\v") | {ord("G"): b"\r", ord("C"): b" ", ord("D"): b""}
_BREAKS_AT_ENDS = re.compile(rb"^[\v\f]+|[\v\f]+$", re.MULTILINE)
_BREAKS = re.compile(rb"[\v\f]+")
_CONTROLS = bytes(code for code in (*range(32), 127) if code not in b"\t\n")
_UNCOLOURED = _CONTROLS.replace(b"\x1b", b"")


class Clean(NamedTuple):
    """Both have the same number of lines."""

    plain: bytes
    coloured: bytes


def clean(body: bytes) -> Clean:
    """Of complete lines without the last newline. What is not UTF-8 becomes visible as `\\xff`."""
    if _is_clean(body):
        return Clean(body, body)
    body = body.replace(b"\r\n", b"\n").removesuffix(b"\r")
    if not body.isascii():
        body = body.decode(errors="backslashreplace").encode()
    if b"\x1b" in body or b"\xc2" in body:
        body = _SEQUENCE.sub(_without_effect, body)
    if b"\v" in body or b"\f" in body:
        body = _BREAKS.sub(b"\n", _BREAKS_AT_ENDS.sub(b"", body))
    if b"\r" in body:
        body = b"\n".join(map(_last_state, body.split(b"\n")))
    body = body.translate(None, _UNCOLOURED)
    if b"\x1b" not in body:
        return Clean(body, body)
    coloured = (line + RESET if b"\x1b" in line else line for line in body.split(b"\n"))
    return Clean(_COLOUR.sub(b"", body), b"\n".join(coloured))


def last_state(rest: bytes) -> bytes:
    """Of a line that a progress bar writes over and over again; its return may yet become a line's end."""
    return rest[rest.rfind(b"\r", 0, len(rest.rstrip(b"\r"))) + 1 :]


def _is_clean(body: bytes) -> bool:
    if len(body.translate(None, _CONTROLS)) != len(body):
        return False
    if body.isascii():
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return b"\xc2" not in body


def _without_effect(match: re.Match[bytes]) -> bytes:
    if colour := match["colour"]:
        return colour
    move = _MOVES.fullmatch(match[0])
    return _MEANINGS[move[1][0]] if move else b""


def _last_state(line: bytes) -> bytes:
    return last_state(line).rstrip(b"\r")
