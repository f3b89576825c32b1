"""Writes what was exported, and nothing over what somebody else wrote or changed."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from env.supervisor.problems import ConfigurationError, Problem

_SIGNATURE = re.compile(r"# Exported by PixCrawler .* \((?P<digest>[0-9a-f]{16})\)")


class File(NamedTuple):
    """As Honcho writes them."""

    name: str
    content: str
    executable: bool = False


class Written(NamedTuple):
    written: list[Path]
    unchanged: list[Path]
    stale: list[Path]
    """Ours, from an earlier export, and no longer part of it."""


def signed(content: str, target: str) -> str:
    """With a first line by which an export knows its own work again, as long as nobody has edited it."""
    how = f"`invoke export --target {target}`; once edited, it is only replaced with --force"
    return f"# Exported by PixCrawler from Procfile and manifest: {how} ({_digest(content)})\n{content}"


def is_ours(text: str) -> bool:
    first, _, content = text.partition("\n")
    match = _SIGNATURE.fullmatch(first)
    return match is not None and match["digest"] == _digest(content)


def write(files: Iterable[File], folder: Path, *, force: bool) -> Written:
    """Raises ConfigurationError before the first byte when a file there is not ours; OSError as it comes."""
    contents = {folder / file.name: file.content for file in files}
    present = {path: text for path in _files_in(folder) if (text := _read(path)) is not None}
    foreign = [path for path in contents if path.exists() and not is_ours(present.get(path, ""))]
    if foreign and not force:
        hint = "export to another folder with --out, or replace it with --force"
        raise ConfigurationError(
            [Problem(str(path), "is not an export, or was edited since", hint) for path in foreign]
        )
    folder.mkdir(parents=True, exist_ok=True)
    changed = [path for path, content in contents.items() if present.get(path) != content]
    for path in changed:
        _write_atomically(path, contents[path])
    return Written(
        changed,
        [path for path in contents if path not in changed],
        [path for path, text in sorted(present.items()) if path not in contents and is_ours(text)],
    )


def _files_in(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return None


def _write_atomically(path: Path, content: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:16]
