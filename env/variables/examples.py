"""The tracked example files. `python -m env.variables.examples` writes them."""

from pathlib import Path

from env.services.places import ROOT
from env.variables import render
from env.variables.inventory import TIERS


def rendered() -> dict[str, str]:
    """Path from the project's root to the text that belongs there."""
    return {tier.example_file: render.example(tier) for tier in TIERS}


def stale(root: Path = ROOT) -> list[str]:
    """The example files that differ from the inventory, missing ones among them."""
    return [file for file, text in rendered().items() if _read(root / file) != text]


def write(root: Path = ROOT) -> list[str]:
    """Bring the example files up to date; return those that changed."""
    changed = stale(root)
    for file in changed:
        (root / file).write_text(rendered()[file], encoding="utf-8", newline="\n")
    return changed


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


if __name__ == "__main__":
    for written in write():
        print(f"wrote {written}")
