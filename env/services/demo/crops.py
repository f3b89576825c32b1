"""Cuts that count as different photographs: their perceptual hashes are far apart. Repeatable."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SHORTEST, LONGEST = 320, 800
# Near duplicates are within 8 of 64 bits; what resizing and encoding move stays in the gap.
MINIMUM_DISTANCE = 16
_LEAST_CONTRAST = 10.0
_PREVIEW = 128
_HASHED = 32
_DCT = np.cos(np.pi * np.outer(np.arange(9), 2 * np.arange(_HASHED) + 1) / (2 * _HASHED))


@dataclass(frozen=True, slots=True)
class Crop:
    """Part of the source, turned by `angle` (radians) about its centre, shown at `width` x `height`."""

    centre_x: float
    centre_y: float
    scale: float
    angle: float
    mirrored: bool
    width: int
    height: int

    def cut(self, image: Image.Image, size: tuple[int, int] | None = None) -> Image.Image:
        width, height = size or (self.width, self.height)
        x, y = self.width * self.scale / width, self.height * self.scale / height
        cosine, sine = math.cos(self.angle), math.sin(self.angle)
        a, b = (-cosine if self.mirrored else cosine) * x, -sine * y
        d, e = (-sine if self.mirrored else sine) * x, cosine * y
        # The inverse map, from a pixel of the result to the point of the source that it shows.
        c = self.centre_x - a * width / 2 - b * height / 2
        f = self.centre_y - d * width / 2 - e * height / 2
        return image.transform(
            (width, height), Image.Transform.AFFINE, (a, b, c, d, e, f), Image.Resampling.BILINEAR
        )


class DistinctHashes:
    """The hashes taken so far, in all labels: a project may hold several."""

    def __init__(self) -> None:
        self._taken: list[int] = []

    def take(self, value: int) -> bool:
        if any((value ^ other).bit_count() < MINIMUM_DISTANCE for other in self._taken):
            return False
        self._taken.append(value)
        return True


def choose(image: Image.Image, count: int, seed: str, taken: DistinctHashes) -> Iterator[Crop]:
    grey = image.convert("L")
    dice = random.Random(seed)  # noqa: S311 -- repeatable, not secret
    found = 0
    while found < count:
        crop = _random_crop(dice, image.width, image.height)
        preview = crop.cut(grey, (_PREVIEW, _PREVIEW))
        if np.asarray(preview).std() >= _LEAST_CONTRAST and taken.take(perceptual_hash(preview)):
            found += 1
            yield crop


def perceptual_hash(grey: Image.Image) -> int:
    """The 64 lowest frequencies of the DCT but for row and column 0, each against their median (pHash)."""
    small: NDArray[np.float64] = np.asarray(
        grey.resize((_HASHED, _HASHED), Image.Resampling.BOX), dtype=np.float64
    )
    frequencies = (_DCT @ small @ _DCT.T)[1:, 1:]
    return int.from_bytes(np.packbits(frequencies > np.median(frequencies)).tobytes(), "big")


def _random_crop(dice: random.Random, source_width: int, source_height: int) -> Crop:
    """Never beyond the source's edges, however it is turned."""
    # More small ones than large ones, as on most pages.
    width = round(SHORTEST + (LONGEST - SHORTEST) * dice.random() ** 2)
    height = min(LONGEST, max(SHORTEST, round(width / dice.uniform(0.75, 1.8))))
    angle = math.radians(dice.uniform(-14, 14))
    across = width * abs(math.cos(angle)) + height * abs(math.sin(angle))
    down = width * abs(math.sin(angle)) + height * abs(math.cos(angle))
    fits = min(source_width / across, source_height / down)
    scale = min(fits, 1.0) * dice.uniform(0.4, 0.98)
    return Crop(
        centre_x=dice.uniform(across * scale / 2, source_width - across * scale / 2),
        centre_y=dice.uniform(down * scale / 2, source_height - down * scale / 2),
        scale=scale,
        angle=angle,
        mirrored=dice.random() < 0.5,
        width=width,
        height=height,
    )
