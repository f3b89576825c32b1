"""The images a page shows or links to, with what the markup says about their licence and author."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from backend.crawler.guard import MAX_URL_LENGTH
from backend.crawler.optout import refuses
from backend.crawler.records import Candidate, Page
from backend.crawler.sources.licences import Licence, licence_from_link
from backend.crawler.sources.srcset import largest_candidate

MAX_TEXT_LENGTH = 500
MAX_ANCESTORS = 12
MAX_MENTIONS = 20_000
MAX_PICTURE_SOURCES = 50
_LAZY_SOURCES = ("data-src", "data-original", "data-lazy-src")
_LAZY_SETS = ("data-srcset", "data-lazy-srcset")
_IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif")
_SHARED_IMAGES = (
    "meta[property='og:image'], meta[property='og:image:url'], meta[property='og:image:secure_url'], "
    "meta[name='og:image'], meta[name='twitter:image'], meta[name='twitter:image:src'], "
    "meta[property='twitter:image']"
)
_LICENCE_LINKS = "[rel~='license'][href]"
_AUTHORS = "[itemprop='author'], [itemprop='creator'], [rel~='author']"


class WebPage:
    def __init__(self, content: bytes, url: str) -> None:
        self._url = url
        self._document = LexborHTMLParser(content, encoding=True)
        base = self._document.css_first("base[href]")
        self._base = self._resolve_against(url, _attribute(base, "href")) or url if base else url
        self._scopes: dict[int, tuple[Licence | None, str | None]] = {}
        self._page_licence = self._licence_outside_figures()

    @property
    def title(self) -> str | None:
        node = self._document.css_first("title")
        return _text(node) if node else None

    def opt_out(self, product_token: str) -> str | None:
        """The directive of a robots meta element that asks us not to take what is here."""
        for name in ("robots", product_token.lower()):
            for node in self._document.css("meta[name][content]"):
                if _attribute(node, "name").lower() == name:
                    directive = refuses([_attribute(node, "content")], product_token)
                    if directive:
                        return directive
        return None

    def read(self, max_candidates: int) -> Page:
        found: dict[str, Candidate] = {}
        for candidate in islice(self._candidates(), MAX_MENTIONS):
            known = found.get(candidate.url)
            if known is None:
                if len(found) == max_candidates:
                    break
                found[candidate.url] = candidate
            else:
                found[candidate.url] = _completed(known, candidate)
        return Page(self._url, self.title, tuple(found.values()))

    def _candidates(self) -> Iterator[Candidate]:
        for image in self._document.css("img"):
            yield from self._described(image, _best_source(image))
        for node in self._document.css("a[href]"):
            target = _attribute(node, "href")
            if target.split("?", 1)[0].split("#", 1)[0].lower().endswith(_IMAGE_SUFFIXES):
                yield from self._described(node, target)
        for node in self._document.css(_SHARED_IMAGES):
            yield from self._described(node, _attribute(node, "content"))

    def _described(self, node: LexborNode, source: str | None) -> Iterator[Candidate]:
        url = self._resolve_against(self._base, source) if source else None
        if url is None:
            return
        scope = _scope(node)
        licence, author = self._said_in(scope) if scope else (None, None)
        licence = licence or self._page_licence or Licence(None, None)
        yield Candidate(
            url=url,
            source_page=self._url,
            alt_text=_alt_text(node),
            licence=licence.name,
            licence_url=licence.url,
            author=author,
        )

    def _resolve_against(self, base: str, reference: str) -> str | None:
        try:
            url = urljoin(base, reference.strip())
        except ValueError:
            return None
        url = url.partition("#")[0]
        is_web = url[:8].lower().startswith(("http://", "https://"))
        return url if is_web and len(url) <= MAX_URL_LENGTH else None

    def _said_in(self, scope: LexborNode) -> tuple[Licence | None, str | None]:
        if scope.mem_id not in self._scopes:
            link, author = scope.css_first(_LICENCE_LINKS), scope.css_first(_AUTHORS)
            self._scopes[scope.mem_id] = (
                self._licence(link) if link else None,
                _author_name(author) if author else None,
            )
        return self._scopes[scope.mem_id]

    def _licence_outside_figures(self) -> Licence | None:
        """A licence inside one figure is that figure's own; elsewhere it speaks for the page."""
        for link in self._document.css(_LICENCE_LINKS):
            if _scope(link) is None:
                return self._licence(link)
        return None

    def _licence(self, link: LexborNode) -> Licence | None:
        url = self._resolve_against(self._base, _attribute(link, "href"))
        return licence_from_link(url, _text(link) or _attribute(link, "title")) if url else None


def _attribute(node: LexborNode | None, name: str) -> str:
    return (node.attrs.sget(name) or "") if node else ""


def _text(node: LexborNode) -> str:
    return " ".join(node.text().split())[:MAX_TEXT_LENGTH]


def _scope(node: LexborNode) -> LexborNode | None:
    """The figure, or the schema.org image object, that the node belongs to."""
    parent = node.parent
    for _ in range(MAX_ANCESTORS):
        if parent is None or parent.tag == "-document":
            return None
        if parent.tag == "figure" or "ImageObject" in _attribute(parent, "itemtype"):
            return parent
        parent = parent.parent
    return None


def _best_source(image: LexborNode) -> str | None:
    for srcset in _srcsets(image):
        best = largest_candidate(srcset)
        if best and not best.startswith("data:"):
            return best
    for name in (*_LAZY_SOURCES, "src"):
        source = _attribute(image, name)
        if source and not source.startswith("data:"):
            return source
    return None


def _srcsets(image: LexborNode) -> Iterator[str]:
    for name in (*_LAZY_SETS, "srcset"):
        yield _attribute(image, name)
    parent = image.parent
    if parent is not None and parent.tag == "picture":
        for source in parent.css("source")[:MAX_PICTURE_SOURCES]:
            for name in ("srcset", *_LAZY_SETS):
                yield _attribute(source, name)


def _alt_text(node: LexborNode) -> str | None:
    if node.tag == "a":
        inner = node.css_first("img[alt]")
        text = _attribute(inner, "alt") or _attribute(node, "title")
    else:
        text = _attribute(node, "alt")
    return " ".join(text.split())[:MAX_TEXT_LENGTH] or None


def _author_name(node: LexborNode) -> str | None:
    name = node.css_first("[itemprop='name']")
    return _text(name or node) or _attribute(node, "content").strip()[:MAX_TEXT_LENGTH] or None


def _completed(known: Candidate, other: Candidate) -> Candidate:
    """The same image named twice: what one mention leaves open, the other may say."""
    return replace(
        known,
        alt_text=known.alt_text or other.alt_text,
        licence=known.licence or other.licence,
        licence_url=known.licence_url or other.licence_url,
        author=known.author or other.author,
    )
