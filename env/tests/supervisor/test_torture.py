from pathlib import Path
from random import Random

import pytest

from env.tests.supervisor.torture import EARLY, TREES, Blow, describe, torture

SEEDS = [0, pytest.param(1, marks=pytest.mark.heavy)]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("blow", Blow)
@pytest.mark.parametrize("tree", TREES)
def test_nothing_survives_and_nothing_hangs(tmp_path: Path, tree: str, blow: Blow, seed: int) -> None:
    verdict = torture(tmp_path, tree, blow, Random(f"{tree} {blow} {seed}"))  # noqa: S311 - no secret
    assert not verdict.complaint, describe(verdict)


@pytest.mark.parametrize("tree", sorted(TREES.keys() - {EARLY}))
def test_nothing_survives_a_stop_without_the_help_of_linux(tmp_path: Path, tree: str) -> None:
    verdict = torture(tmp_path, tree, Blow.TERM, Random(tree), is_portable=True)  # noqa: S311 - no secret
    assert not verdict.complaint, describe(verdict)
