from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

_LONGEST = 120


def label_of(url: str, job_label: str) -> str:
    """The job's label, else the name of the directory the image lies in, else nothing."""
    if job_label:
        return job_label
    directory = PurePosixPath(unquote(urlsplit(url).path, errors="replace")).parent.name
    return directory.replace("\0", "")[:_LONGEST].strip()
