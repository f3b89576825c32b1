"""Machine-readable wishes not to be collected: X-Robots-Tag, robots meta elements, TDM reservation."""

from collections.abc import Iterable

_REFUSING = frozenset({"noai", "noimageai", "noindex", "noimageindex", "none"})
# Directives that carry a value after a colon; any other word before a colon names an agent.
_VALUED = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})


def refuses(tags: Iterable[str], product_token: str) -> str | None:
    """The first directive in X-Robots-Tag values that asks us (or everyone) to keep away."""
    ours = {"*", product_token.lower()}
    for tag in tags:
        is_addressed = True
        for part in tag.lower().split(","):
            head, colon, rest = part.partition(":")
            directive = part.strip()
            if colon and head.strip() not in _VALUED:
                is_addressed = head.strip() in ours
                directive = rest.strip()
            if is_addressed and directive in _REFUSING:
                return directive
    return None


def reserves_mining(values: Iterable[str]) -> bool:
    """TDM Reservation Protocol (W3C community group report): `tdm-reservation: 1`."""
    return any(value.strip() == "1" for value in values)
