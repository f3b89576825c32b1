import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.crawler.dedup import NEAR_DUPLICATE_DISTANCE, ProjectIndex, hamming_distance

SIGNED = st.integers(-(2**63), 2**63 - 1)


def flip(value: int, bits: list[int]) -> int:
    flipped = value & (2**64 - 1)
    for bit in bits:
        flipped ^= 1 << bit
    return flipped - 2**64 if flipped >= 2**63 else flipped


def nearest_by_hand(known: list[int], phash: int) -> int | None:
    distances = [hamming_distance(value, phash) for value in known]
    best = min(distances, default=65)
    return distances.index(best) if best <= NEAR_DUPLICATE_DISTANCE else None


def test_an_empty_project_knows_nothing():
    assert ProjectIndex().find(0) is None
    assert len(ProjectIndex()) == 0


@pytest.mark.parametrize("value", [0, 1, -1, 2**63 - 1, -(2**63)])
def test_the_threshold_is_inclusive(value: int):
    index = ProjectIndex([value])
    assert index.find(flip(value, list(range(0, 64, 8)))) == 0
    assert index.find(flip(value, [*range(0, 64, 8), 63])) is None


@given(st.lists(SIGNED, max_size=40), SIGNED)
def test_finds_what_a_search_by_hand_finds(known: list[int], phash: int):
    assert ProjectIndex(known).find(phash) == nearest_by_hand(known, phash)


@given(st.lists(SIGNED, min_size=1, max_size=20), st.data())
def test_finds_every_near_copy(known: list[int], data: st.DataObject):
    original = data.draw(st.sampled_from(known))
    bits = data.draw(st.lists(st.integers(0, 63), max_size=NEAR_DUPLICATE_DISTANCE, unique=True))
    found = ProjectIndex(known).find(flip(original, bits))
    assert found is not None
    assert hamming_distance(known[found], flip(original, bits)) <= NEAR_DUPLICATE_DISTANCE


def test_positions_follow_the_order_of_adding():
    index = ProjectIndex()
    rng = np.random.default_rng(0)
    hashes = rng.integers(-(2**63), 2**63, 5000, np.int64).tolist()
    for start in range(0, 5000, 700):
        index.add(hashes[start : start + 700])
    assert len(index) == 5000
    assert [index.find(value) for value in hashes[::500]] == list(range(0, 5000, 500))
