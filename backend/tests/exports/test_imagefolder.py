import csv
import io
import json
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from PIL import Image

from backend.exports.directories import directory_names
from backend.exports.imagefolder import ExportImage, write_imagefolder
from backend.tests.crawler.pictures import encoded, jpeg, picture

CONTENTS = {
    sha256(content).hexdigest(): (name, content)
    for name, content in {
        "jpeg": jpeg(1, 64, 64),
        "png": encoded(picture(2, 64, 64), "PNG"),
        "webp": encoded(picture(3, 64, 64), "WEBP"),
    }.items()
}


def image(digest: str, label: str = "owl", **facts: Any) -> ExportImage:
    fields: dict[str, Any] = {
        "sha256": digest,
        "format": CONTENTS[digest][0],
        "width": 64,
        "height": 64,
        "label": label,
        "source_url": f"https://a.test/{digest[:4]}",
        "source_page": "https://a.test/",
        "alt_text": 'An owl, "awake"\n',
        "licence": "CC BY 4.0",
        "licence_url": "https://creativecommons.org/licenses/by/4.0/",
        "author": "A. Uthor",
        "fetched_at": "2026-11-01T10:00:00Z",
    }
    return ExportImage(**{**fields, **facts})


def build(images: list[ExportImage], name: str = "Owls") -> tuple[bytes, zipfile.ZipFile]:
    out = io.BytesIO()
    directories = directory_names(image.label for image in images)
    archive = write_imagefolder(out, name, images, directories, lambda digest: CONTENTS[digest][1])
    data = out.getvalue()
    assert (archive.image_count, archive.bytes) == (len(images), len(data))
    assert archive.sha256 == sha256(data).hexdigest()
    return data, zipfile.ZipFile(io.BytesIO(data))


DIGESTS = sorted(CONTENTS)


class TestImages:
    def test_lie_in_the_directory_of_their_label_and_open(self) -> None:
        _, archive = build(
            [image(digest, label) for digest, label in zip(DIGESTS, ["a", "a", "b"], strict=True)]
        )
        extensions = {"jpeg": "jpg", "png": "png", "webp": "webp"}
        expected = [
            f"{label}/{digest[:16]}.{extensions[CONTENTS[digest][0]]}"
            for digest, label in zip(DIGESTS, ["a", "a", "b"], strict=True)
        ]
        assert archive.namelist() == [*expected, "ATTRIBUTION.csv", "README.md", "metadata.jsonl"]
        for name, digest in zip(expected, DIGESTS, strict=True):
            assert archive.read(name) == CONTENTS[digest][1]
            Image.open(archive.open(name)).load()

    def test_label_named_like_a_file_can_be_unpacked(self, tmp_path: Path) -> None:
        _, archive = build([image(DIGESTS[0], "README.md"), image(DIGESTS[1], "metadata.jsonl")])
        archive.extractall(tmp_path)
        assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 5

    def test_names_stay_inside_the_archive(self) -> None:
        _, archive = build([image(DIGESTS[0], "../../etc/cron.d"), image(DIGESTS[1], "/abs")])
        for name in archive.namelist():
            assert not name.startswith("/")
            assert ".." not in name.split("/")


class TestMetadata:
    def test_each_line_names_a_file_of_the_archive_and_its_facts(self) -> None:
        _, archive = build([image(digest) for digest in DIGESTS])
        lines = [json.loads(line) for line in archive.read("metadata.jsonl").splitlines()]
        assert [line["file_name"] for line in lines] == [
            n for n in archive.namelist() if n.startswith("owl/")
        ]
        assert lines[0]["sha256"] == DIGESTS[0]
        assert (lines[0]["label"], lines[0]["licence"], lines[0]["author"]) == (
            "owl",
            "CC BY 4.0",
            "A. Uthor",
        )
        assert lines[0]["alt_text"] == 'An owl, "awake"\n'

    def test_every_line_has_the_same_keys(self) -> None:
        _, archive = build([image(DIGESTS[0]), image(DIGESTS[1], licence=None, author=None, alt_text=None)])
        keys = [tuple(json.loads(line)) for line in archive.read("metadata.jsonl").splitlines()]
        assert keys[0] == keys[1]


class TestAttribution:
    def test_cells_that_a_spreadsheet_would_run_are_text(self) -> None:
        evil = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"]
        images = [image(DIGESTS[0], author=author) for author in evil]
        _, archive = build(images)
        rows = list(csv.DictReader(io.StringIO(archive.read("ATTRIBUTION.csv").decode(), newline="")))
        assert [row["author"] for row in rows] == [f"'{author.strip()}" for author in evil]

    def test_unknown_licence_is_said(self) -> None:
        _, archive = build([image(DIGESTS[0], licence=None)])
        (row,) = csv.DictReader(io.StringIO(archive.read("ATTRIBUTION.csv").decode()))
        assert row["licence"] == "unknown"


class TestCard:
    def test_counts_labels_and_licences(self) -> None:
        _, archive = build(
            [image(DIGESTS[0], "a"), image(DIGESTS[1], "b"), image(DIGESTS[2], "b", licence=None)]
        )
        card = archive.read("README.md").decode()
        assert "# Owls" in card
        assert "| a | 1 |" in card
        assert "| b | 2 |" in card
        assert "| CC BY 4.0 | 2 |" in card
        assert "| unknown | 1 |" in card

    def test_name_and_labels_cannot_break_its_form(self) -> None:
        _, archive = build([image(DIGESTS[0], "a|b\n# fake")], name="Owls\n---\n<script>")
        lines = archive.read("README.md").decode().splitlines()
        assert lines.count("---") == 2
        assert "# Owls --- &lt;script>" in lines
        assert "| a\\|b # fake | 1 |" in lines


class TestSameBytes:
    def test_same_input_gives_the_same_archive(self) -> None:
        images = [image(digest) for digest in DIGESTS]
        assert build(images)[0] == build(images)[0]

    def test_empty_project_gives_a_valid_archive(self) -> None:
        _, archive = build([])
        assert archive.namelist() == ["ATTRIBUTION.csv", "README.md", "metadata.jsonl"]
