"""Removes files that no row points to: near copies found at commit, images of projects that are gone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy import Engine, text

from backend.storage import Storage, subject_of
from backend.utility.logging_config import get_logger

_log = get_logger(__name__)

# Far longer than it takes from a file to its row.
UNREFERENCED_SECONDS = 3600.0
# So many a turn, that the dispatcher beside it never waits long.
FILES_PER_TURN = 500

_REFERENCED = text("""
    select sha256 from images where sha256 = any(:subjects)
    union
    select cast(id as text) from exports where status <> 'failed' and cast(id as text) = any(:subjects)
""")


@dataclass(slots=True)
class Sweeper:
    """Goes round the storage a little at a time. Any number of them may be at it."""

    database: Engine
    storage: Storage
    age_seconds: float = UNREFERENCED_SECONDS
    files_per_turn: int = FILES_PER_TURN
    _round: Iterator[str] = field(default_factory=lambda: iter(()))

    def run(self) -> int:
        """How many files went."""
        names = self._next()
        swept = [
            name for name in self._unreferenced(names) if self.storage.delete_stale(name, self.age_seconds)
        ]
        if swept:
            _log.info("unreferenced files removed", number=len(swept), first=swept[0])
        return len(swept)

    def _next(self) -> list[str]:
        names = list(islice(self._round, self.files_per_turn))
        if not names:
            self._round = self.storage.stale(self.age_seconds)
            names = list(islice(self._round, self.files_per_turn))
        return names

    def _unreferenced(self, names: Sequence[str]) -> list[str]:
        subjects = [subject for name in names if (subject := subject_of(name))]
        if not subjects:
            return list(names)
        with self.database.begin() as connection:
            referenced = set(connection.execute(_REFERENCED, {"subjects": subjects}).scalars())
        return [name for name in names if subject_of(name) not in referenced]
