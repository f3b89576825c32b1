import hashlib

import numpy as np
import pytest
from PIL import Image, ImageFilter

from backend.crawler.dedup import NEAR_DUPLICATE_DISTANCE, hamming_distance
from backend.crawler.hashes import perceptual_hash, sha256_hex
from backend.tests.crawler.pictures import picture


def phash(image: Image.Image) -> int:
    return perceptual_hash(image.convert("L"))


def test_sha256_is_lower_case_hexadecimal():
    assert sha256_hex(b"abc") == hashlib.sha256(b"abc").hexdigest()


def test_is_a_signed_64_bit_number():
    hashes = [phash(picture(seed, 128, 96)) for seed in range(60)]
    assert all(-(2**63) <= value < 2**63 for value in hashes)
    assert any(value < 0 for value in hashes)
    assert any(value > 0 for value in hashes)


def test_is_the_same_on_every_run():
    assert phash(picture(1)) == phash(picture(1))


def test_half_of_the_bits_are_set():
    assert (phash(picture(2)) & (2**64 - 1)).bit_count() == 32


@pytest.mark.parametrize(
    "edit",
    [
        lambda image: image.resize((200, 150)),
        lambda image: image.resize((1000, 700)),
        lambda image: image.filter(ImageFilter.GaussianBlur(2)),
        lambda image: image.convert("L"),
        lambda image: image.point(lambda value: min(255, int(value * 1.15) + 5)),
    ],
    ids=["smaller", "other shape", "blurred", "grey", "brighter"],
)
def test_edits_that_keep_the_picture_keep_the_hash(edit):
    for seed in range(10):
        image = picture(seed)
        assert hamming_distance(phash(image), phash(edit(image))) <= NEAR_DUPLICATE_DISTANCE


def test_different_pictures_are_far_apart():
    hashes = [phash(picture(seed, 160, 120)) for seed in range(150)]
    distances = [hamming_distance(a, b) for index, a in enumerate(hashes) for b in hashes[:index]]
    assert min(distances) > NEAR_DUPLICATE_DISTANCE
    assert 28 < np.mean(distances) < 36
