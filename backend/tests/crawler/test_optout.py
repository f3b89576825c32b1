import pytest

from backend.crawler import Accepted, Reason, Refused
from backend.crawler.optout import refuses
from backend.tests.crawler.pictures import jpeg
from backend.tests.crawler.site import Site, raw


@pytest.mark.parametrize(
    ("tags", "directive"),
    [
        ([], None),
        ([""], None),
        (["all"], None),
        (["nofollow"], None),
        (["noai"], "noai"),
        (["NoAI"], "noai"),
        (["noimageai"], "noimageai"),
        (["noindex"], "noindex"),
        (["noimageindex"], "noimageindex"),
        (["none"], "none"),
        (["nofollow, noai"], "noai"),
        (["nofollow,noarchive ,  noindex "], "noindex"),
        (["all", "noai"], "noai"),
        (["noaid"], None),
        (["otherbot: noindex"], None),
        (["otherbot: nofollow, noindex"], None),
        (["pixcrawler: noindex"], "noindex"),
        (["PixCrawler : noindex"], "noindex"),
        (["*: noai"], "noai"),
        (["otherbot: noindex, pixcrawler: noai"], "noai"),
        (["otherbot: noindex", "noai"], "noai"),
        (["unavailable_after: 25 Jun 2030 15:00:00 PST"], None),
        (["unavailable_after: 25 Jun 2030 15:00:00 PST, noindex"], "noindex"),
        (["max-image-preview: none"], None),
        (["max-snippet: -1, noimageindex"], "noimageindex"),
    ],
)
def test_the_first_directive_that_is_meant_for_us_counts(tags, directive):
    assert refuses(tags, "PixCrawler") == directive


@pytest.mark.parametrize(
    "headers",
    [{"X_Robots_Tag": "noai"}, {"x_robots_tag": "PixCrawler: none"}, {"TDM_Reservation": "1"}],
)
def test_an_image_whose_answer_asks_us_to_keep_away_is_refused(site: Site, crawl, headers):
    (outcome,) = crawl(site.serve("/a.jpg", jpeg(), **headers))
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.OPTED_OUT
    assert not outcome.reason.retryable


def test_every_repeated_header_is_read(site: Site, crawl):
    head = b"HTTP/1.1 200 OK\r\nX-Robots-Tag: all\r\nX-Robots-Tag: noimageai\r\n\r\n"
    (outcome,) = crawl(site.route("/a.jpg", raw(head + jpeg())))
    assert outcome.reason is Reason.OPTED_OUT


def test_wishes_addressed_to_others_do_not_count(site: Site, crawl):
    (outcome,) = crawl(site.serve("/a.jpg", jpeg(), X_Robots_Tag="otherbot: noindex", TDM_Reservation="0"))
    assert isinstance(outcome, Accepted)


@pytest.mark.parametrize("name", ["robots", "ROBOTS", "pixcrawler"])
def test_a_page_can_opt_out_in_its_head(site: Site, crawler, name):
    page = f'<meta name="{name}" content="nofollow, noai"><img src="/a.jpg">'.encode()
    outcome = crawler().discover(site.serve("/page", page))
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.OPTED_OUT
