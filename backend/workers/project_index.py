"""The perceptual hashes of a project, kept between chunks and brought up to date by what is new."""

from array import array
from collections import OrderedDict
from uuid import UUID

from sqlalchemy import Connection, text

from backend.crawler.dedup import ProjectIndex

# Deleted images are among them: what a person threw out must not come back.
_NEWER = text("select seq, phash from images where project_id = :project_id and seq > :last_seq order by seq")

_IMAGE_AT = text("select id from images where project_id = :project_id and seq = :seq")


class StoredImages:
    def __init__(self, project_id: UUID) -> None:
        self.project_id = project_id
        self._hashes = ProjectIndex()
        self._seqs = array("q")

    def __len__(self) -> int:
        return len(self._seqs)

    def refresh(self, connection: Connection) -> None:
        """Reads every image only once, because images of a project get their seq under the project's lock."""
        last_seq = self._seqs[-1] if self._seqs else 0
        parameters = {"project_id": self.project_id, "last_seq": last_seq}
        rows = connection.execute(_NEWER, parameters).all()
        self._hashes.add(phash for _, phash in rows)
        self._seqs.extend(seq for seq, _ in rows)

    def find_near(self, phash: int) -> int | None:
        """The seq of the image that looks most alike, if one looks alike."""
        position = self._hashes.find(phash)
        return None if position is None else self._seqs[position]

    def image_at(self, connection: Connection, seq: int) -> UUID | None:
        parameters = {"project_id": self.project_id, "seq": seq}
        return connection.execute(_IMAGE_AT, parameters).scalar()


class IndexCache:
    """A process works for few projects at a time, and 16 bytes an image make it cheap to remember them."""

    def __init__(self, capacity: int = 4) -> None:
        self._capacity = capacity
        self._indexes: OrderedDict[UUID, StoredImages] = OrderedDict()

    def take(self, project_id: UUID) -> StoredImages:
        """Removes it from the cache: an index serves one chunk at a time. Give it back with `keep`."""
        if project_id in self._indexes:
            return self._indexes.pop(project_id)
        return StoredImages(project_id)

    def keep(self, index: StoredImages) -> None:
        self._indexes[index.project_id] = index
        while len(self._indexes) > self._capacity:
            self._indexes.popitem(last=False)
