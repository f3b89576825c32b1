from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from backend.crawler.retry import retry_after_seconds


@pytest.mark.parametrize(("value", "seconds"), [("0", 0), ("2", 2), ("120", 120), (None, None), ("", None)])
def test_seconds_are_read(value, seconds):
    assert retry_after_seconds(value) == seconds


@pytest.mark.parametrize(
    "value", ["-1", "1.5", "soon", "1 second", "٣", "Mon", "Wed, 32 Foo 2026 99:99:99 GMT"]
)
def test_nonsense_is_absent(value):
    assert retry_after_seconds(value) is None


def test_a_date_becomes_the_time_until_then():
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 27 < (retry_after_seconds(soon) or 0) <= 30


def test_a_date_in_the_past_means_now():
    assert retry_after_seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0


def test_an_astronomical_number_is_just_long():
    assert (retry_after_seconds("9" * 400) or 0) > 1e9
