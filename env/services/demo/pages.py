"""The pages of the demo site. They show images in every way a page can, each with its author and licence."""

from collections.abc import Iterable, Sequence
from html import escape

from env.services.demo import account
from env.services.demo.photos import Archive, Photo
from env.services.demo.sources import SOURCES

SITE = "Lantern Archive"
GALLERY_PER_LABEL = 24
URLS_PER_LABEL = 20
# How many of the gallery's 240 images only one kind of markup shows; all others are plain <img>.
SHARED, TEXT_LINKS, LINKED, ART_DIRECTED, RESPONSIVE = 1, 20, 29, 40, 50
BROKEN = (
    ("missing.jpg", "a file that is not there (404)"),
    ("truncated.jpg", "a JPEG that ends halfway"),
    ("page.jpg", "a page that says it is a JPEG"),
    ("tiny.png", "an image of 16 by 16 pixels"),
    ("copy.jpg", "an exact copy of the sound photograph"),
)


def gallery_photos(archive: Archive) -> list[Photo]:
    return archive.mixed(0, GALLERY_PER_LABEL)


def url_list(archive: Archive, base: str) -> str:
    """Other photographs than the gallery's, so that both can fill one project."""
    photos = archive.mixed(GALLERY_PER_LABEL, URLS_PER_LABEL)
    return "".join(f"{base}{full(photo)}\n" for photo in photos)


def index(archive: Archive, base: str) -> str:
    cards = "".join(f"<li>{_card(photos)}</li>" for photos in archive.labels.values())
    total = sum(map(len, archive.labels.values()))
    body = f"""
<p class="lead">{total} photographs in {len(archive.labels)} labels to crawl without the internet: cut from
{len(SOURCES)} free originals, each with its author and licence.</p>
<ul class="cards">{cards}</ul>
<h2>To crawl</h2>
<dl class="links">
<dt><a href="/gallery">{base}/gallery</a></dt><dd>240 images on one page, shown in every way a page can</dd>
<dt><a href="/label/cat">{base}/label/cat</a></dt><dd>one label, 120 images; so with the others</dd>
<dt><a href="/urls.txt">{base}/urls.txt</a></dt><dd>a list of 200 addresses, none of them in the gallery</dd>
<dt><a href="/broken">{base}/broken</a></dt><dd>one sound photograph among what goes wrong</dd>
<dt><a href="/empty">{base}/empty</a></dt><dd>a page without images</dd>
</dl>
<h2>The ready account</h2>
<p>Sign in to PixCrawler with <code>{account.EMAIL}</code> and <code>{account.PASSWORD}</code>.</p>"""
    return _page("Photographs to crawl", body)


def label(photos: Sequence[Photo]) -> str:
    source = photos[0].source
    figures = "".join(_figure(photo, _image(photo)) for photo in photos)
    return _page(source.title, f'<p class="lead">{escape(source.about)}</p><div class="wall">{figures}</div>')


def gallery(photos: Sequence[Photo], base: str) -> str:
    rest = iter(photos)
    shared, links, linked, directed, responsive = (
        [next(rest) for _ in range(count)] for count in (SHARED, TEXT_LINKS, LINKED, ART_DIRECTED, RESPONSIVE)
    )
    body = f"""
<p class="lead">{len(photos)} photographs of all labels.</p>
{_wall("Plain", (_figure(photo, _image(photo)) for photo in rest))}
{_wall("In two sizes", (_figure(photo, _responsive(photo)) for photo in responsive))}
{_wall("Cut for the screen", (_figure(photo, _picture(photo)) for photo in directed))}
{_wall("Small, with a link to the full size", (_figure(photo, _linked(photo)) for photo in linked))}
{_wall("Full size only", (_figure(photo, _text_link(photo)) for photo in links), "list")}
<p>When this page is shared it shows a photograph by {escape(shared[0].source.author)}, under
<a rel="license" href="{shared[0].source.licence.url}">{shared[0].source.licence.name}</a>.</p>"""
    head = f'<meta property="og:image" content="{base}{full(shared[0])}">'
    return _page("Gallery", body, head)


def broken(sound: Photo) -> str:
    rows = "".join(
        f'<li><img src="/broken/{name}" alt="{escape(what)}" width="120" height="90"> {escape(what)}</li>'
        for name, what in BROKEN
    )
    hidden = '<li><a href="/private/hidden.jpg">a photograph that robots.txt keeps to people</a></li>'
    return _page("What goes wrong", f'{_figure(sound, _image(sound))}<ul class="broken">{rows}{hidden}</ul>')


def empty() -> str:
    return _page("Nothing to see", '<p class="lead">This page has words and no images.</p>')


def attribution() -> str:
    rows = "".join(
        f'<tr><td><a href="/label/{source.label}">{escape(source.title)}</a></td>'
        f'<td><a href="{escape(source.origin)}">{escape(source.author)}</a></td>'
        f'<td><a href="{source.licence.url}">{source.licence.name}</a></td>'
        f"<td>{escape(source.about)}</td></tr>"
        for source in SOURCES
    )
    return _page(
        "Attribution",
        '<p class="lead">Everything here is cut, turned and scaled from these originals, which the '
        "scikit-image and scikit-learn packages carry.</p><table><thead><tr><th>Label</th><th>Author</th>"
        f"<th>Licence</th><th>About</th></tr></thead><tbody>{rows}</tbody></table>",
    )


def full(photo: Photo) -> str:
    return f"/photos/{photo.source.label}/{photo.name}"


def small(photo: Photo) -> str:
    return f"/small/{photo.source.label}/{photo.name}"


def _card(photos: Sequence[Photo]) -> str:
    source = photos[0].source
    widest = max(photos, key=lambda photo: photo.crop.scale * sum(photo.size))
    name = f"<span>{escape(source.title)}<small>{len(photos)} photographs</small></span>"
    return _figure(widest, f'<a href="/label/{source.label}">{_image(widest, lazy=False)}{name}</a>')


def _figure(photo: Photo, shown: str) -> str:
    source = photo.source
    return (
        f"<figure>{shown}<figcaption>Photograph: "
        f'<a rel="author" href="{escape(source.origin)}">{escape(source.author)}</a>, '
        f'<a rel="license" href="{source.licence.url}">{source.licence.name}</a>, cropped'
        "</figcaption></figure>"
    )


def _image(photo: Photo, extra: str = "", *, address: str = "", lazy: bool = True) -> str:
    width, height = photo.size
    return (
        f'<img src="{address or full(photo)}"{extra} alt="{escape(_alt(photo))}" width="{width}" '
        f'height="{height}"{" loading=lazy" if lazy else ""}>'
    )


def _responsive(photo: Photo) -> str:
    sizes = f"{small(photo)} {photo.small_size[0]}w, {full(photo)} {photo.size[0]}w"
    return _image(photo, f' srcset="{sizes}" sizes="(min-width: 60rem) 20rem, 45vw"', address=small(photo))


def _picture(photo: Photo) -> str:
    source = f'<source media="(min-width: 1px)" srcset="{full(photo)} {photo.size[0]}w">'
    return f"<picture>{source}{_image(photo)}</picture>"


def _linked(photo: Photo) -> str:
    return f'<a href="{full(photo)}">{_responsive(photo)}</a>'


def _text_link(photo: Photo) -> str:
    return f'<a href="{full(photo)}" title="{escape(_alt(photo))}">{escape(photo.title)}</a>'


def _alt(photo: Photo) -> str:
    return f"{photo.source.title}, view {photo.number}"


def _wall(title: str, figures: Iterable[str], kind: str = "wall") -> str:
    return f'<section><h2>{title}</h2><div class="{kind}">{"".join(figures)}</div></section>'


def _page(title: str, body: str, head: str = "") -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · {SITE}</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="data:,">
{head}
</head>
<body>
<header>
<a href="/">{SITE}</a>
<nav><a href="/gallery">Gallery</a> <a href="/attribution">Attribution</a></nav>
</header>
<main>
<h1>{escape(title)}</h1>
{body}
</main>
<footer>Originals, authors and licences: <a href="/attribution">attribution</a>.</footer>
</body>
</html>
"""
