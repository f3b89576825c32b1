import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.storage import InvalidKeyError, export_key, original_key, thumbnail_key
from backend.storage.keys import checked_key

DIGEST = "ab" + "0" * 62


def test_keys_are_named_by_content():
    assert original_key(DIGEST) == f"originals/ab/{DIGEST}"
    assert thumbnail_key(DIGEST) == f"thumbnails/ab/{DIGEST}.webp"
    assert export_key("0190-af") == "exports/0190-af.zip"


@pytest.mark.parametrize("key", [original_key(DIGEST), thumbnail_key(DIGEST), export_key("1")])
def test_what_is_built_here_is_accepted(key: str):
    assert checked_key(key) == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        ".",
        "..",
        "originals",
        "originals/",
        "/etc/passwd",
        "../../etc/passwd",
        "originals/../../etc/passwd",
        f"originals/ab/../{DIGEST}",
        f"originals/cd/{DIGEST}",
        f"originals/ab/{DIGEST}/",
        f"originals/ab/{DIGEST}\n",
        f"originals/ab/{DIGEST}.jpg",
        f"originals/AB/{DIGEST.upper()}",
        f"/originals/ab/{DIGEST}",
        f"originals//ab/{DIGEST}",
        f"originals\\ab\\{DIGEST}",
        f"originals/ab/{DIGEST}\x00",
        f"thumbnails/ab/{DIGEST}",
        f"thumbnails/ab/{DIGEST}.png",
        "exports/.zip",
        "exports/../a.zip",
        "exports/a/b.zip",
        "exports/a.zip.exe",
        "exports/CON:.zip",
        "exports/ü.zip",
        f"exports/{'a' * 65}.zip",
        "secrets/a",
    ],
)
def test_anything_else_is_refused(key: str):
    with pytest.raises(InvalidKeyError):
        checked_key(key)


@pytest.mark.parametrize(
    "digest", ["", "ab", "AB" + "0" * 62, "g" * 64, "../" + "0" * 61, "ab" + "0" * 62 + "\n"]
)
def test_only_a_sha256_names_content(digest: str):
    for build in (original_key, thumbnail_key):
        with pytest.raises(InvalidKeyError):
            build(digest)


@given(st.text())
def test_no_text_leads_out_of_the_store(text: str):
    for key in (text, f"originals/{text}", f"exports/{text}.zip"):
        try:
            checked = checked_key(key)
        except InvalidKeyError:
            continue
        assert ".." not in checked
        assert not checked.startswith("/")
