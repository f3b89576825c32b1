import pytest

from backend.crawler.records import Candidate
from backend.crawler.sources.web_page import WebPage

PAGE = "https://example.com/gallery/index.html"


def candidates(html: str | bytes, url: str = PAGE, limit: int = 2000) -> list[Candidate]:
    content = html if isinstance(html, bytes) else html.encode()
    return list(WebPage(content, url).read(limit).candidates)


def urls(html: str | bytes, url: str = PAGE) -> list[str]:
    return [candidate.url for candidate in candidates(html, url)]


def only(html: str) -> Candidate:
    (candidate,) = candidates(html)
    return candidate


class TestWhatIsFound:
    @pytest.mark.parametrize(
        ("html", "expected"),
        [
            ('<img src="a.jpg">', "https://example.com/gallery/a.jpg"),
            ('<img src="/a.jpg">', "https://example.com/a.jpg"),
            ('<img src="//cdn.example/a.jpg">', "https://cdn.example/a.jpg"),
            ('<img src="../a.jpg">', "https://example.com/a.jpg"),
            ('<img src=" a.jpg\n">', "https://example.com/gallery/a.jpg"),
            ('<img src="?id=7">', "https://example.com/gallery/index.html?id=7"),
            ('<img src="a.jpg#top">', "https://example.com/gallery/a.jpg"),
            ("<IMG SRC=a.jpg>", "https://example.com/gallery/a.jpg"),
            ('<img src="a.jpg?x=1&amp;y=2">', "https://example.com/gallery/a.jpg?x=1&y=2"),
            ('<img src="s.jpg" srcset="m.jpg 640w, l.jpg 1280w">', "https://example.com/gallery/l.jpg"),
            ('<img srcset="m.jpg 1x, l.jpg 2x">', "https://example.com/gallery/l.jpg"),
            (
                '<picture><source srcset="w.webp 900w, x.webp 300w"><img src="a.jpg"></picture>',
                "https://example.com/gallery/w.webp",
            ),
            ('<picture><img src="a.jpg"></picture>', "https://example.com/gallery/a.jpg"),
            ('<img src="data:image/gif;base64,R0" data-src="a.jpg">', "https://example.com/gallery/a.jpg"),
            ('<img src="blank.gif" data-original="a.jpg">', "https://example.com/gallery/a.jpg"),
            ('<img src="blank.gif" data-lazy-src="a.jpg">', "https://example.com/gallery/a.jpg"),
            (
                '<img src="blank.gif" data-srcset="a.jpg 100w, b.jpg 300w">',
                "https://example.com/gallery/b.jpg",
            ),
            ('<a href="big.JPG">see</a>', "https://example.com/gallery/big.JPG"),
            ('<a href="big.webp?download=1#x">see</a>', "https://example.com/gallery/big.webp?download=1"),
            ('<meta property="og:image" content="/o.jpg">', "https://example.com/o.jpg"),
            ('<meta property="og:image:secure_url" content="/o.jpg">', "https://example.com/o.jpg"),
            ('<meta name="twitter:image" content="/t.jpg">', "https://example.com/t.jpg"),
            ('<base href="https://cdn.example/x/"><img src="a.jpg">', "https://cdn.example/x/a.jpg"),
            ('<base href="/x/"><img src="a.jpg">', "https://example.com/x/a.jpg"),
            ('<base href="javascript:1"><img src="a.jpg">', "https://example.com/gallery/a.jpg"),
            ("<noscript><img src=a.jpg></noscript>", "https://example.com/gallery/a.jpg"),
        ],
    )
    def test_the_image_of_a_page(self, html, expected):
        assert urls(html) == [expected]

    @pytest.mark.parametrize(
        "html",
        [
            "",
            "<img>",
            '<img src="">',
            '<img src="data:image/png;base64,AAAA">',
            '<img srcset="data:image/png;base64,AAAA 1x">',
            '<img src="javascript:alert(1)">',
            '<img src="file:///etc/passwd">',
            '<img src="blob:https://example.com/1">',
            '<img src="http://[broken">',
            f'<img src="/{"a" * 3000}.jpg">',
            '<a href="page.html">x</a>',
            '<a href="mailto:a@b.jpg">x</a>',
            '<a href="/page?file=a.jpg">x</a>',
            '<meta property="og:image" content="">',
            "<!-- <img src=a.jpg> -->",
            '<script>"<img src=a.jpg>"</script>',
            "<template>text</template>",
        ],
    )
    def test_what_is_no_image_of_the_web_is_passed_over(self, html):
        assert urls(html) == []

    def test_each_url_counts_once_and_in_the_order_of_the_page(self):
        html = '<meta property="og:image" content="b.jpg"><img src=a.jpg><img src=b.jpg><a href=a.jpg>x</a>'
        assert [url.rsplit("/", 1)[1] for url in urls(html)] == ["a.jpg", "b.jpg"]

    def test_other_encodings_are_understood(self):
        html = '<meta charset="windows-1251"><title>Холм</title><img src=a.jpg alt="Холм">'.encode(
            "windows-1251"
        )
        page = WebPage(html, PAGE).read(10)
        assert page.title == "Холм"
        assert page.candidates[0].alt_text == "Холм"

    def test_bytes_in_no_encoding_do_no_harm(self):
        assert urls(b"<img src=a.jpg>\xff\xfe\x00\x80<img src=b.jpg") == ["https://example.com/gallery/a.jpg"]


class TestWhatIsSaid:
    def test_the_page_it_was_found_on(self):
        assert only("<img src=a.jpg>").source_page == PAGE

    @pytest.mark.parametrize(
        ("html", "alt"),
        [
            ('<img src=a.jpg alt=" A  green\n hill ">', "A green hill"),
            ("<img src=a.jpg alt>", None),
            ("<img src=a.jpg>", None),
            ('<a href=a.jpg title="A hill">x</a>', "A hill"),
            ('<a href=a.jpg><img alt="A hill"></a>', "A hill"),
        ],
    )
    def test_alternative_text(self, html, alt):
        assert only(html).alt_text == alt

    def test_long_text_is_cut(self):
        assert len(only(f'<img src=a.jpg alt="{"x" * 9000}">').alt_text or "") == 500

    def test_a_licence_in_the_same_figure(self):
        by, own = candidates(
            """<figure><img src=a.jpg><figcaption>
               <a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC</a></figcaption></figure>
               <figure><img src=b.jpg><figcaption>
               <a rel="nofollow license" href="/terms">House licence</a></figcaption></figure>"""
        )
        assert (by.licence, by.licence_url) == ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/")
        assert (own.licence, own.licence_url) == ("House licence", "https://example.com/terms")

    @pytest.mark.parametrize(
        "link",
        [
            '<link rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/">',
            '<footer><a rel=license href="https://creativecommons.org/publicdomain/zero/1.0/">CC0</a></footer>',
        ],
    )
    def test_a_licence_of_the_whole_page(self, link):
        assert only(f"{link}<img src=a.jpg>").licence == "CC0-1.0"

    def test_the_nearer_licence_wins(self):
        first, second = candidates(
            """<link rel=license href="https://creativecommons.org/publicdomain/zero/1.0/"><img src=a.jpg>
               <figure><img src=b.jpg><a rel=license href="https://creativecommons.org/licenses/by/4.0/"></a></figure>"""
        )
        assert (first.licence, second.licence) == ("CC0-1.0", "CC-BY-4.0")

    def test_the_licence_of_one_figure_says_nothing_of_another(self):
        _, other = candidates(
            """<figure><img src=a.jpg><a rel=license href="https://creativecommons.org/licenses/by/4.0/">x</a></figure>
               <figure><img src=b.jpg></figure>"""
        )
        assert (other.licence, other.licence_url) == (None, None)

    def test_a_plain_link_to_a_licence_is_no_statement(self):
        html = '<p>We like <a href="https://creativecommons.org/licenses/by/4.0/">CC</a></p><img src=a.jpg>'
        assert only(html).licence is None

    @pytest.mark.parametrize(
        ("caption", "author"),
        [
            ("<span itemprop=author>Ann Other</span>", "Ann Other"),
            ("<span itemprop=creator> Ann \n Other </span>", "Ann Other"),
            ("<a rel=author href=/ann>Ann Other</a>", "Ann Other"),
            ("<span itemprop=author itemscope><b itemprop=name>Ann Other</b>, London</span>", "Ann Other"),
            ('<meta itemprop=author content="Ann Other">', "Ann Other"),
            ("Photo: Ann Other", None),
            ("", None),
        ],
    )
    def test_an_author_only_where_the_markup_says_so(self, caption, author):
        assert only(f"<figure><img src=a.jpg><figcaption>{caption}</figcaption></figure>").author == author

    def test_an_image_object_is_a_scope_too(self):
        html = """<div itemscope itemtype="https://schema.org/ImageObject"><img src=a.jpg>
                  <span itemprop=creator>Ann Other</span>
                  <a itemprop=license rel=license href="https://creativecommons.org/licenses/by/4.0/">x</a></div>"""
        assert (only(html).author, only(html).licence) == ("Ann Other", "CC-BY-4.0")

    def test_two_mentions_complete_each_other(self):
        html = '<figure><a href=a.jpg>x</a></figure><img src=a.jpg alt="A hill">'
        assert only(html).alt_text == "A hill"


class TestLimits:
    def test_no_more_candidates_than_asked_for(self):
        html = "".join(f"<img src={number}.jpg>" for number in range(500))
        assert len(candidates(html, limit=100)) == 100
