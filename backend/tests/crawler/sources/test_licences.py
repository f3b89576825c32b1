import pytest

from backend.crawler.sources.licences import licence_from_link


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("http://creativecommons.org/licenses/by-nc-sa/2.5/deed.de", "CC-BY-NC-SA-2.5"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "PDM-1.0"),
        ("https://CreativeCommons.org/licenses/BY-SA/3.0", "CC-BY-SA-3.0"),
    ],
)
def test_creative_commons_is_named_after_its_address(url, name):
    licence = licence_from_link(url, "some text")
    assert (licence.name, licence.url) == (name, url)


def test_other_licences_keep_the_text_of_their_link():
    licence = licence_from_link("https://example.com/terms", "House licence")
    assert (licence.name, licence.url) == ("House licence", "https://example.com/terms")


@pytest.mark.parametrize(
    "url", ["https://example.com/?x=creativecommons.org", "https://notcreativecommons.example/"]
)
def test_a_link_without_text_has_no_name(url):
    assert licence_from_link(url, "").name is None


def test_a_foreign_address_does_not_pass_for_creative_commons():
    licence = licence_from_link("https://evil.example/creativecommons.org/licenses/by/4.0/", "Ours")
    assert licence.name == "Ours"
