"""Images made on the spot: smooth noise, so that they compress and hash like photographs."""

import io
from functools import lru_cache

import numpy as np
from PIL import Image

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


@lru_cache(256)
def picture(seed: int = 0, width: int = 640, height: int = 480) -> Image.Image:
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (9, 12, 3), np.uint8)).resize((width, height), 3)
    grain = rng.normal(0, 6, (height, width, 1))
    return Image.fromarray((np.asarray(coarse) + grain).clip(0, 255).astype(np.uint8))


def encoded(image: Image.Image, format_name: str = "JPEG", **options: object) -> bytes:
    if format_name == "GIF" and image.mode == "RGB":
        # What Pillow chooses by itself takes a second per picture.
        image = image.quantize(method=Image.Quantize.FASTOCTREE)
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


@lru_cache(256)
def jpeg(seed: int = 0, width: int = 640, height: int = 480, **options: object) -> bytes:
    return encoded(picture(seed, width, height), "JPEG", **{"quality": 85, **options})
