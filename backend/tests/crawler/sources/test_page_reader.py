import os
import subprocess
import sys
import time

import pytest

from backend.crawler.records import Candidate
from backend.crawler.sources.page_reader import PageOptedOutError, UnreadablePageError, read_page

PAGE = "https://example.com/"


def read(html: str, limit: int = 2000, on_tick=None):
    return read_page(html.encode(), PAGE, "PixCrawler", limit, on_tick)


def test_a_page_comes_back_as_it_was_read():
    page = read('<title>Höhe</title><img src="ü.jpg" alt="Hügel"><img src=b.jpg>')
    assert page.title == "Höhe"
    assert page.final_url == PAGE
    assert page.candidates[0] == Candidate("https://example.com/ü.jpg", PAGE, "Hügel")


def test_no_more_candidates_than_asked_for():
    assert len(read("".join(f"<img src={number}.jpg>" for number in range(500)), 100).candidates) == 100


def test_a_page_that_opts_out_says_how():
    with pytest.raises(PageOptedOutError, match="noimageai"):
        read('<meta name=robots content="noimageai"><img src=a.jpg>')


@pytest.mark.parametrize("content", [b"", b"\x00", b"\xff\xfe\x00", b"\n\n", bytes(range(256)) * 100])
def test_any_bytes_are_a_page(content: bytes):
    assert read_page(content, PAGE, "PixCrawler", 10).candidates == ()


class TestHostilePages:
    @pytest.mark.parametrize(
        "html",
        [
            "<img src=a.jpg>" * 60_000,
            "<figure>" * 20_000 + "<img src=a.jpg>" * 2_000,
            "<a href=a.jpg>" * 50_000,
            "<b><i><u>" * 30_000,
            "<table>" * 50_000 + "<img src=a.jpg>",
            "<figure>" + "".join(f"<img src={number}.jpg>" for number in range(20_000)) + "</figure>",
            "<picture>" + "<source srcset='a.jpg 1w'>" * 3_000 + "<img>" * 3_000 + "</picture>",
            "<!--" * 500_000,
            "<" * 1_000_000,
            "&amp;" * 400_000,
            "<meta name=robots content=all>" * 20_000,
        ],
        ids=[
            "mentions",
            "figures",
            "links",
            "misnested",
            "tables",
            "one-figure",
            "sources",
            "comments",
            "brackets",
            "entities",
            "metas",
        ],
    )
    def test_are_read_in_time(self, html: str):
        assert len(read(html).candidates) <= 2000

    @pytest.mark.parametrize(
        "html",
        ["<div>" * 500_000, "<img " + " ".join(f"a{number}=1" for number in range(200_000)) + ">"],
        ids=["depth", "attributes"],
    )
    def test_that_would_keep_the_parser_busy_are_given_up(self, html: str):
        ticks: list[int] = []
        started = time.monotonic()
        with pytest.raises(UnreadablePageError):
            read(html, on_tick=lambda: ticks.append(1))
        assert time.monotonic() - started < 15
        assert len(ticks) >= 3


def test_the_process_sees_no_secrets_of_ours(monkeypatch, tmp_path):
    monkeypatch.setenv("SUPABASE_SERVICE_ROLE_KEY", "secret")
    seen = tmp_path / "environment"
    spy = tmp_path / "python"
    spy.write_text(f'#!/bin/sh\n/usr/bin/env > {seen}\nexec {sys.executable} "$@"\n')
    spy.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(spy))
    read("<img src=a.jpg>")
    assert "secret" not in seen.read_text()


def test_no_process_is_left_behind():
    read("<img src=a.jpg>")
    listing = subprocess.run(
        ["ps", "-o", "args=", "--ppid", str(os.getpid())], capture_output=True, text=True
    )
    assert "page_process" not in listing.stdout
