import pytest

from backend.workers.labels import label_of


class TestLabel:
    @pytest.mark.parametrize(
        ("url", "label"),
        [
            ("https://a.test/cats/1.jpg", "cats"),
            ("https://a.test/animals/red%20panda/1.jpg?size=2#x", "red panda"),
            ("https://a.test/1.jpg", ""),
            ("https://a.test", ""),
            ("https://a.test/%ff%00/1.jpg", "\ufffd"),
            ("https://a.test/" + "x" * 500 + "/1.jpg", "x" * 120),
        ],
    )
    def test_is_the_directory_of_the_image(self, url: str, label: str) -> None:
        assert label_of(url, "") == label

    def test_of_the_job_wins(self) -> None:
        assert label_of("https://a.test/cats/1.jpg", "lynx") == "lynx"
