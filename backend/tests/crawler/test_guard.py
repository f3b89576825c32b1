import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.crawler.guard import MAX_URL_LENGTH, ForbiddenUrlError, Guard
from backend.crawler.reasons import Reason
from backend.tests.crawler.forbidden_urls import FORBIDDEN_URLS

GUARD = Guard()
PUBLIC = {
    "http://example.com": "http://example.com/",
    "HTTPS://EXAMPLE.com/A": "https://example.com/A",
    " http://example.com/ ": "http://example.com/",
    "http://example.com:80/": "http://example.com/",
    "https://example.com:443/x": "https://example.com/x",
    "http://example.com:443/": "http://example.com:443/",
    "http://example.com./a": "http://example.com/a",
    "http://example.com?q=1": "http://example.com/?q=1",
    "http://example.com/#part": "http://example.com/",
    "http://example.com/a b.jpg": "http://example.com/a%20b.jpg",
    "http://example.com/ü?ß=é": "http://example.com/%C3%BC?%C3%9F=%C3%A9",
    "http://example.com/%7Ea%2Fb": "http://example.com/%7Ea%2Fb",
    "http://example.com/50%.jpg": "http://example.com/50%.jpg",
    "http://example.com/a/../b/./c.jpg": "http://example.com/b/c.jpg",
    "http://example.com/a/%2e%2E/b": "http://example.com/b",
    "http://example.com/a?x=/../b": "http://example.com/a?x=/../b",
    "http://example.com//a//b": "http://example.com//a//b",
    "http://example.com/@user:pass": "http://example.com/@user:pass",
    "http://bücher.example/": "http://xn--bcher-kva.example/",
    "http://日本。jp/": "http://xn--wgv71a.jp/",
    "http://my_host.example/": "http://my_host.example/",
    "http://1.example/": "http://1.example/",
    "http://0x7f.example/": "http://0x7f.example/",
    "http://8.8.8.8/": "http://8.8.8.8/",
    "https://[2606:4700:4700::1111]/": "https://[2606:4700:4700::1111]/",
    "https://[2606:4700:4700:0:0:0:0:1111]:443/": "https://[2606:4700:4700::1111]/",
}


class TestPublicUrls:
    @pytest.mark.parametrize(("url", "expected"), PUBLIC.items())
    def test_passes_in_one_spelling(self, url, expected):
        assert GUARD.parse(url).url == expected

    @pytest.mark.parametrize("url", PUBLIC)
    def test_parsing_its_own_result_changes_nothing(self, url):
        target = GUARD.parse(url)
        assert GUARD.parse(target.url) == target


class TestForbiddenUrls:
    def test_the_table_is_long_enough_to_mean_something(self):
        assert len(set(FORBIDDEN_URLS)) >= 100

    @pytest.mark.parametrize("url", FORBIDDEN_URLS)
    def test_is_refused_with_a_permanent_reason(self, url):
        with pytest.raises(ForbiddenUrlError) as refusal:
            Guard(ports=frozenset({80, 443, 9999})).parse(url.replace("{port}", "9999"))
        assert refusal.value.reason in (Reason.BAD_URL, Reason.ADDRESS_FORBIDDEN)
        assert not refusal.value.reason.retryable
        assert refusal.value.detail

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1/", "http://2130706433/", "http://[::1]/", "http://localhost/"]
    )
    def test_a_private_address_is_named_as_the_reason(self, url):
        with pytest.raises(ForbiddenUrlError) as refusal:
            GUARD.parse(url)
        assert refusal.value.reason is Reason.ADDRESS_FORBIDDEN

    def test_an_overlong_url_is_refused(self):
        with pytest.raises(ForbiddenUrlError):
            GUARD.parse("http://example.com/" + "a" * MAX_URL_LENGTH)

    @given(st.text(max_size=60))
    def test_any_text_is_either_parsed_or_refused(self, text):
        for url in (text, f"http://{text}", f"http://example.com{text}"):
            try:
                target = GUARD.parse(url)
            except ForbiddenUrlError:
                continue
            assert target.url.isascii()
            assert GUARD.parse(target.url) == target

    @given(st.integers(0, 0xFFFFFFFF))
    def test_no_number_stands_for_an_address(self, number):
        for spelling in (str(number), hex(number), f"0{number:o}", f"{number >> 24}.{number & 0xFFFFFF}"):
            with pytest.raises(ForbiddenUrlError):
                GUARD.parse(f"http://{spelling}/")


class TestAllowance:
    guard = Guard(frozenset({"127.0.0.1:8080", "[::1]:8080", "demo.localhost:8080"}))

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:8080/a",
            "http://[::1]:8080/",
            "http://[0:0::1]:8080/",
            "http://demo.localhost:8080",
        ],
    )
    def test_lets_the_exact_host_and_port_through(self, url):
        assert self.guard.parse(url).is_exempt

    @pytest.mark.parametrize(
        "url",
        ["http://127.0.0.1/", "http://127.0.0.1:8081/", "http://127.0.0.2:8080/", "http://localhost:8080/"],
    )
    def test_lets_no_neighbour_through(self, url):
        with pytest.raises(ForbiddenUrlError):
            self.guard.parse(url)

    def test_an_odd_spelling_of_the_allowed_host_stays_refused(self):
        with pytest.raises(ForbiddenUrlError):
            self.guard.parse("http://2130706433:8080/")


class TestPeer:
    def test_a_public_name_may_not_lead_to_a_private_address(self):
        target = GUARD.parse("http://example.com/")
        assert GUARD.permits_peer(target, "93.184.216.34", 80)
        for address in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fe80::1%eth0"):
            assert not GUARD.permits_peer(target, address, 80)

    def test_the_port_must_be_the_one_asked_for(self):
        assert not GUARD.permits_peer(GUARD.parse("http://example.com/"), "93.184.216.34", 6379)
