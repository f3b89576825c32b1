"""The layout that Hugging Face `datasets` reads: a directory per label, metadata beside.

<label>/<first 16 digits of the sha256>.<extension>
ATTRIBUTION.csv   who made what under which licence
README.md         the dataset card
metadata.jsonl    a line per image: file_name, label, licence, author, source …
"""

import csv
import io
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from backend.exports.zip_stream import ZipStream

_EXTENSIONS = {"jpeg": "jpg"}
_SPOOL_BYTES = 4 * 1024 * 1024
_NO_LICENCE = "unknown"
# A spreadsheet takes a cell that starts so for a formula (OWASP: CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_COLUMNS = ("file_name", "author", "licence", "licence_url", "source_url", "source_page")


@dataclass(frozen=True, slots=True)
class ExportImage:
    sha256: str
    format: str
    width: int
    height: int
    label: str
    source_url: str
    source_page: str | None
    alt_text: str | None
    licence: str | None
    licence_url: str | None
    author: str | None
    fetched_at: str


@dataclass(frozen=True, slots=True)
class Archive:
    image_count: int
    bytes: int
    sha256: str


def write_imagefolder(
    out: BinaryIO,
    name: str,
    images: Iterable[ExportImage],
    directories: Mapping[str, str],
    read: Callable[[str], bytes],
) -> Archive:
    """`images` come in their final order; `read` gives the bytes of a sha256. Memory holds one image."""
    archive = ZipStream(out)
    labels: Counter[str] = Counter()
    licences: Counter[str] = Counter()
    with (
        tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as lines,
        tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as rows,
    ):
        rows.write(_csv_line(_COLUMNS))
        for image in images:
            file_name = _file_name(directories[image.label], image)
            archive.add(file_name, read(image.sha256))
            lines.write(_metadata_line(file_name, image))
            rows.write(_csv_line((file_name, *_credits(image))))
            labels[image.label] += 1
            licences[image.licence or _NO_LICENCE] += 1
        archive.add_file("ATTRIBUTION.csv", rows)
        archive.add("README.md", _card(name, labels, licences).encode())
        archive.add_file("metadata.jsonl", lines)
    archive.close()
    return Archive(labels.total(), archive.size, archive.sha256)


def _file_name(directory: str, image: ExportImage) -> str:
    return f"{directory}/{image.sha256[:16]}.{_EXTENSIONS.get(image.format, image.format)}"


def _metadata_line(file_name: str, image: ExportImage) -> bytes:
    line = {
        "file_name": file_name,
        "label": image.label,
        "sha256": image.sha256,
        "width": image.width,
        "height": image.height,
        "alt_text": image.alt_text,
        "licence": image.licence,
        "licence_url": image.licence_url,
        "author": image.author,
        "source_url": image.source_url,
        "source_page": image.source_page,
        "fetched_at": image.fetched_at,
    }
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"


def _credits(image: ExportImage) -> tuple[str, ...]:
    return (
        image.author or "",
        image.licence or _NO_LICENCE,
        image.licence_url or "",
        image.source_url,
        image.source_page or "",
    )


def _csv_line(cells: Iterable[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow([_inert(cell) for cell in cells])
    return buffer.getvalue().encode()


def _inert(cell: str) -> str:
    """On one line: readers, and Python versions, do not agree on how a line break in a cell is quoted."""
    cell = " ".join(cell.split())
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def _card(name: str, labels: Counter[str], licences: Counter[str]) -> str:
    return f"""\
---
license: other
task_categories:
- image-classification
---

# {_one_line(name)}

{labels.total()} images with {len(labels)} labels, deduplicated. `metadata.jsonl` holds a line per image,
`ATTRIBUTION.csv` who made it and under which licence. Respect the licences: they differ from image to image.

```python
from datasets import load_dataset

dataset = load_dataset("imagefolder", data_dir=".")
```

## Labels

{_table("label", labels)}

## Licences

{_table("licence", licences)}
"""


def _table(heading: str, counts: Counter[str]) -> str:
    rows = [f"| {_one_line(key) or '(none)'} | {number} |" for key, number in sorted(counts.items())]
    return "\n".join([f"| {heading} | images |", "| --- | ---: |", *rows])


def _one_line(value: str) -> str:
    return " ".join(value.split()).replace("|", "\\|").replace("<", "&lt;")
