"""Which layers set a variable, and which wins: .env, .env.local, the part's own two, the environment."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from dotenv.variables import parse_variables

from env.variables.files import read
from env.variables.inventory import BACKEND_TIER, FRONTEND_TIER, ROOT_TIER, TIERS, Tier

ENVIRONMENT: Final = "the environment"
# What each part reads, the weakest first.
PARTS: Final[Mapping[str, tuple[Tier, ...]]] = {
    "root": (ROOT_TIER,),
    "backend": (ROOT_TIER, BACKEND_TIER),
    "frontend": (FRONTEND_TIER,),
}


class Setting(NamedTuple):
    """What one layer says. `line` is None in the real environment."""

    file: str
    line: int | None
    value: str

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


class Layers:
    """Every file of the three tiers, read once."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self.files = {file: read(root / file) for tier in TIERS for file in tier.files}
        self._environment = environment
        self._parts = {part: dict(self._settings(part)) for part in PARTS}

    def of(self, name: str, part: str) -> Sequence[Setting]:
        """Every layer of this part that sets the variable, in the order of precedence: the first one wins."""
        return self._parts[part].get(name, ())

    def _settings(self, part: str) -> Iterator[tuple[str, Sequence[Setting]]]:
        found: dict[str, list[Setting]] = {}
        said: dict[str, str | None] = {}
        for tier in PARTS[part]:
            for file in tier.files:
                for name, text, line, _ in self.files[file].assignments:
                    if text is None:
                        said[name], found[name] = None, []
                        continue
                    said[name] = value = filled(text, {**said, **self._environment})
                    # Twice in one file is once: the last line counts.
                    before = [setting for setting in found.get(name, ()) if setting.file != file]
                    found[name] = [Setting(file, line, value), *before]
        for name in found.keys() | self._environment.keys():
            real = self._environment.get(name)
            mine = [] if real is None else [Setting(ENVIRONMENT, None, real)]
            yield name, [*mine, *found.get(name, ())]


def filled(text: str, values: Mapping[str, str | None]) -> str:
    """`${NAME}` and `${NAME:-default}` as python-dotenv fills them in."""
    return "".join(atom.resolve(values) for atom in parse_variables(text))
