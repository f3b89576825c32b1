"""The archive: 120 distinct photographs of each label, rendered when first asked for and kept."""

import hashlib
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

from PIL import Image

from env.services.demo.crops import Crop, DistinctHashes, choose
from env.services.demo.sources import SOURCES, Source

PER_LABEL = 120
SMALL_SIDE = 240
# Part of the cache's name, so that a change of them renders anew.
_ENCODINGS: dict[str, tuple[str, dict[str, int]]] = {
    ".jpg": ("JPEG", {"quality": 86}),
    ".png": ("PNG", {"compress_level": 1}),
    ".webp": ("WEBP", {"quality": 80, "method": 1}),
}


@dataclass(frozen=True, slots=True)
class Photo:
    source: Source
    number: int
    crop: Crop

    @property
    def name(self) -> str:
        return f"{self.source.label}-{self.number:03d}{self._suffix}"

    @property
    def title(self) -> str:
        return f"{self.source.title} {self.number}"

    @property
    def size(self) -> tuple[int, int]:
        return self.crop.width, self.crop.height

    @property
    def small_size(self) -> tuple[int, int]:
        ratio = SMALL_SIDE / max(self.size)
        return round(self.crop.width * ratio), round(self.crop.height * ratio)

    @property
    def _suffix(self) -> str:
        """Of twelve: one PNG, two WebP, nine JPEG."""
        return {5: ".png", 2: ".webp", 8: ".webp"}.get(self.number % 12, ".jpg")


class Archive:
    def __init__(self, directory: Path, sources: Sequence[Source] = SOURCES) -> None:
        taken = DistinctHashes()
        self.labels = {source.label: tuple(_photos(source, taken)) for source in sources}
        self._by_name = {photo.name: photo for photo in chain(*self.labels.values())}
        drawn = f"{_ENCODINGS}{[(photo.name, photo.crop) for photo in self._by_name.values()]}"
        self._directory = directory / hashlib.sha256(drawn.encode()).hexdigest()[:12]

    def find(self, label: str, name: str) -> Photo | None:
        photo = self._by_name.get(name)
        return photo if photo and photo.source.label == label else None

    def mixed(self, start: int, per_label: int) -> list[Photo]:
        """A stretch of each label, one label after the other in turn."""
        stretches = (photos[start : start + per_label] for photos in self.labels.values())
        return list(chain.from_iterable(zip(*stretches, strict=True)))

    def file(self, photo: Photo, *, small: bool = False) -> Path:
        """Renders into a draft and renames it, so that nobody is served half a file."""
        place = self._directory / ("small" if small else "photos") / photo.source.label / photo.name
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            draft = place.with_name(f".{threading.get_native_id()}-{os.getpid()}-{place.name}")
            kind, options = _ENCODINGS[place.suffix]
            cut = photo.crop.cut(_opened(photo.source), photo.small_size if small else None)
            cut.save(draft, kind, **options)
            draft.replace(place)
        return place

    def render_all(self, stop: threading.Event) -> int:
        """What the gallery shows comes first; returns how many there are."""
        for count, photo in enumerate(self.mixed(0, PER_LABEL), 1):
            if stop.is_set():
                return count - 1
            self.file(photo)
        return len(self._by_name)

    def drop_older(self) -> None:
        """Renderings of an earlier version of this archive."""
        for place in self._directory.parent.glob("*"):
            if place.is_dir() and place != self._directory:
                shutil.rmtree(place, ignore_errors=True)


def _photos(source: Source, taken: DistinctHashes) -> Iterator[Photo]:
    crops = choose(_opened(source), PER_LABEL, source.label, taken)
    return (Photo(source, number, crop) for number, crop in enumerate(crops, 1))


@cache
def _opened(source: Source) -> Image.Image:
    with Image.open(source.path()) as image:
        part = image.crop(source.region) if source.region else image.copy()
    return part if part.mode in {"L", "RGB"} else part.convert("RGB")
