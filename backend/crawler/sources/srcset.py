import re

MAX_SRCSET_LENGTH = 32_768
_BETWEEN = re.compile(r"[\s,]*")
_URL = re.compile(r"\S+")
_DESCRIPTORS = re.compile(r"(?:[^,(]++|\([^)]*+(?:\)|\Z))*+")


def largest_candidate(srcset: str) -> str | None:
    """The URL of the greatest width or density, the first one on a tie; read as the HTML standard says."""
    best_url, best_size = None, -1.0
    text = srcset[:MAX_SRCSET_LENGTH]
    position = _end(_BETWEEN, text, 0)
    while position < len(text):
        after_url = _end(_URL, text, position)
        url, descriptors = text[position:after_url], ""
        if url.endswith(","):
            url = url.rstrip(",")
        else:
            position, after_url = after_url, _end(_DESCRIPTORS, text, after_url)
            descriptors = text[position:after_url]
        if url and (size := _size(descriptors)) > best_size:
            best_url, best_size = url, size
        position = _end(_BETWEEN, text, after_url)
    return best_url


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _size(descriptors: str) -> float:
    for word in descriptors.split():
        if word[-1] in "wx":
            try:
                # A density is worth less than any width: 2x says nothing of pixels.
                return float(word[:-1]) if word[-1] == "w" else float(word[:-1]) / 1000
            except ValueError:
                continue
    return 0.001
