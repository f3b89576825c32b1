import time

import pytest

from backend.crawler.sources.srcset import largest_candidate


@pytest.mark.parametrize(
    ("srcset", "largest"),
    [
        ("", None),
        (" , ,", None),
        ("a.jpg", "a.jpg"),
        ("a.jpg 1x, b.jpg 2x", "b.jpg"),
        ("b.jpg 2x,a.jpg", "b.jpg"),
        ("a.jpg 320w, b.jpg 1024w, c.jpg 640w", "b.jpg"),
        ("a.jpg 100w,b.jpg 200w", "b.jpg"),
        ("a.jpg 3x, b.jpg 20w", "b.jpg"),
        ("a.jpg 1.5x, b.jpg 1.25x", "a.jpg"),
        ("a.jpg 100w 50h, b.jpg 90w 900h", "a.jpg"),
        ("a,b.jpg 100w, c,d.jpg 50w", "a,b.jpg"),
        ("https://x/i.jpg?w=1,2 100w", "https://x/i.jpg?w=1,2"),
        ("a.jpg, b.jpg", "a.jpg"),
        ("a.jpg nonsense, b.jpg 5w", "b.jpg"),
        ("a.jpg wide, b.jpg", "a.jpg"),
        ("\n  a.jpg\t100w ,\n b.jpg 200w\n", "b.jpg"),
        ("a.jpg 1e2w, b.jpg 99w", "a.jpg"),
        ("data:image/png;base64,AAAA 1x, b.jpg 2x", "b.jpg"),
    ],
)
def test_the_largest_candidate_wins(srcset, largest):
    assert largest_candidate(srcset) == largest


@pytest.mark.parametrize(
    "srcset", ["," * 100_000, "a " * 50_000, "a(" * 50_000, "(" * 100_000, " " * 100_000, "a," * 50_000]
)
def test_hostile_text_is_read_in_no_time(srcset):
    started = time.process_time()
    largest_candidate(srcset)
    assert time.process_time() - started < 0.5
