import re
from dataclasses import dataclass

_CREATIVE_COMMONS = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(licenses|publicdomain)/([a-z+-]+)(?:/(\d\.\d))?", re.IGNORECASE
)
_PUBLIC_DOMAIN = {"zero": "CC0", "mark": "PDM"}


@dataclass(frozen=True, slots=True)
class Licence:
    name: str | None
    url: str | None


def licence_from_link(url: str, text: str) -> Licence:
    """A Creative Commons licence gets its short name from its address; others keep the text of the link."""
    match = _CREATIVE_COMMONS.match(url)
    if match is None:
        return Licence(text or None, url)
    kind, code, version = match.group(1).lower(), match.group(2).lower(), match.group(3)
    name = _PUBLIC_DOMAIN.get(code, code.upper()) if kind == "publicdomain" else f"CC-{code.upper()}"
    return Licence(f"{name}-{version}" if version else name, url)
