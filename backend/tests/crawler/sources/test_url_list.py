from backend.crawler import Candidate, read_url_list


def test_every_line_is_a_candidate():
    lines = ["https://example.com/a.jpg\n", "  https://example.com/b.jpg\r\n"]
    assert list(read_url_list(lines)) == [
        Candidate("https://example.com/a.jpg"),
        Candidate("https://example.com/b.jpg"),
    ]


def test_empty_lines_and_comments_are_passed_over():
    assert list(read_url_list(["", "   ", "# a note", "\n"])) == []


def test_a_url_counts_once():
    assert len(list(read_url_list(["http://a/1", "http://a/1 ", "http://a/2"]))) == 2


def test_a_byte_order_mark_is_no_part_of_the_url():
    assert next(read_url_list(["\ufeffhttp://a/1"])).url == "http://a/1"


def test_broken_urls_stay_so_that_they_get_a_reason():
    assert [candidate.url for candidate in read_url_list(["nonsense"])] == ["nonsense"]


def test_the_list_is_read_as_it_is_needed():
    endless = iter(lambda: "http://a/1", None)
    assert next(read_url_list(endless)).url == "http://a/1"
