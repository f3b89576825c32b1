import re

# A URL without white space at its ends, then descriptors up to a comma outside parentheses (HTML standard).
_CANDIDATE = re.compile(r"[\s,]*([^\s,]\S*[^\s,]|[^\s,])(?:\s+([^,(]*(?:\([^)]*\)[^,(]*)*))?(?:,|\Z)|\S+")
MAX_SRCSET_LENGTH = 32_768


def largest_candidate(srcset: str) -> str | None:
    """The URL with the greatest width or density; the first one on a tie."""
    best_url, best_size = None, -1.0
    for match in _CANDIDATE.finditer(srcset[:MAX_SRCSET_LENGTH]):
        url, descriptors = match.group(1), match.group(2) or ""
        size = _size(descriptors)
        if url and size > best_size:
            best_url, best_size = url, size
    return best_url


def _size(descriptors: str) -> float:
    for word in descriptors.split():
        if word[-1] in "wx":
            try:
                # A density is worth less than any width: 2x says nothing of pixels.
                return float(word[:-1]) if word[-1] == "w" else float(word[:-1]) / 1000
            except ValueError:
                continue
    return 0.001
