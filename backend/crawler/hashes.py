import hashlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SIDE = 32
_HASH_SIDE = 8
# Rows 0..8 of the DCT-II: the first row and column of the result (the mean) are dropped.
_DCT: NDArray[np.float32] = np.cos(
    np.pi * (2 * np.arange(_SIDE)[None] + 1) * np.arange(_HASH_SIDE + 1)[:, None] / (2 * _SIDE)
).astype(np.float32)


def sha256_hex(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def perceptual_hash(grey: Image.Image) -> int:
    """The 64-bit DCT hash (pHash) of an `L` image as a signed integer, as PostgreSQL's bigint wants it."""
    small = np.asarray(grey.resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float32)
    frequencies = (_DCT @ small @ _DCT.T)[1:, 1:]
    bits = np.packbits(frequencies > np.median(frequencies))
    return int.from_bytes(bits.tobytes(), "big", signed=True)
