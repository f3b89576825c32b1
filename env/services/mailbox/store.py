"""Mails as files, one JSON document each, the newest kept and the oldest dropped."""

import json
import os
import re
import secrets
import threading
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

MAXIMUM_MESSAGES: Final = 500
IDENTIFIER: Final = re.compile(r"\d{19}-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    received_at: str
    to: str
    subject: str
    html: str
    text: str

    def summary(self) -> dict[str, str]:
        return {"id": self.id, "received_at": self.received_at, "to": self.to, "subject": self.subject}


class MessageStore:
    """Safe for threads of one process; a file that is no message is left alone and not shown."""

    def __init__(self, directory: Path, maximum: int = MAXIMUM_MESSAGES) -> None:
        self._directory = directory
        self._maximum = maximum
        self._lock = threading.Lock()
        directory.mkdir(parents=True, exist_ok=True)

    def add(self, *, to: str, subject: str, html: str, text: str) -> Message:
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        with self._lock:
            # The identifier sorts by time; two mails in one tick of the clock still come in order.
            identifier = f"{max(time.time_ns(), self._newest_tick() + 1):019d}-{secrets.token_hex(4)}"
            message = Message(identifier, now, to, subject, html, text)
            self._write(message)
            for old in self._paths()[self._maximum :]:
                old.unlink(missing_ok=True)
        return message

    def newest_first(self, to: str = "") -> list[Message]:
        messages = (self._read(path) for path in self._paths())
        wanted = to.strip().lower()
        return [message for message in messages if message and (not wanted or message.to.lower() == wanted)]

    def get(self, identifier: str) -> Message | None:
        if not IDENTIFIER.fullmatch(identifier):
            return None
        return self._read(self._directory / f"{identifier}.json")

    def clear(self) -> int:
        with self._lock:
            paths = self._paths()
            for path in paths:
                path.unlink(missing_ok=True)
        return len(paths)

    def _paths(self) -> list[Path]:
        found = (path for path in self._directory.glob("*.json") if IDENTIFIER.fullmatch(path.stem))
        return sorted(found, reverse=True)

    def _newest_tick(self) -> int:
        newest = next(iter(self._paths()), None)
        return int(newest.stem.partition("-")[0]) if newest else 0

    def _write(self, message: Message) -> None:
        temporary = self._directory / f".{message.id}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(message), file)
        temporary.replace(self._directory / f"{message.id}.json")

    def _read(self, path: Path) -> Message | None:
        try:
            return Message(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
