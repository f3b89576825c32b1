from urllib.parse import parse_qs
from uuid import uuid4

from backend.services.capabilities import CapabilitySigner

HOUR = 3600
KEY = "k" * 40


def _signer(now: float, key: str = KEY) -> CapabilitySigner:
    return CapabilitySigner(key, lambda: now)


def _parts(query: str) -> tuple[int, str]:
    fields = parse_qs(query)
    return int(fields["expires"][0]), fields["signature"][0]


def test_an_address_is_stable_for_an_hour_and_valid_for_one_to_two():
    image = uuid4()
    early, late = 10 * HOUR, 10 * HOUR + 3599
    query = _signer(early).query("image", image)

    assert _signer(late).query("image", image) == query
    assert _signer(late + 1).query("image", image) != query
    assert _signer(late + HOUR).is_valid("image", image, *_parts(query))
    assert not _signer(12 * HOUR).is_valid("image", image, *_parts(query))


def test_it_is_for_one_kind_one_thing_one_time_and_one_key():
    image, now = uuid4(), 10.0 * HOUR
    expires, signature = _parts(_signer(now).query("image", image))

    assert _signer(now).is_valid("image", image, expires, signature)
    assert not _signer(now).is_valid("thumbnail", image, expires, signature)
    assert not _signer(now).is_valid("image", uuid4(), expires, signature)
    assert not _signer(now).is_valid("image", image, expires + 1, signature)
    assert not _signer(now).is_valid("image", image, expires, signature[:-1])
    assert not _signer(now).is_valid("image", image, expires, "é")
    assert not _signer(now, "x" * 40).is_valid("image", image, expires, signature)
