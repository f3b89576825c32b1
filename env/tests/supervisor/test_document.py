"""docs/SUPERVISOR.md names whatever can be written, asked for or read."""

import re

import pytest

from env.services.places import ROOT
from env.supervisor.arguments import VERBS
from env.supervisor.configuration.healthchecks import _OPTIONS
from env.supervisor.configuration.manifest import _KEYS
from env.supervisor.configuration.specification import Check, Condition, Restart
from env.supervisor.lifecycle.states import Health, State

TEXT = (ROOT / "docs/SUPERVISOR.md").read_text()
WORDS = set(re.findall(r"[\w-]+", TEXT))


@pytest.mark.parametrize("key", sorted({*_KEYS, *_OPTIONS, *Check}))
def test_a_key_of_the_manifest_has_a_row(key: str) -> None:
    assert re.search(rf"^\| `{key}` \|", TEXT, re.MULTILINE)


def test_every_value_of_the_manifest_and_of_the_status_is_named() -> None:
    assert {*Condition, *Restart, *State, *Health} <= WORDS


def test_every_event_of_the_stream_has_a_row() -> None:
    calls = r"""(?:\.event|\.say|\.of|say)\(\s*(?:process, )?"(\w+)","""
    sources = [*(ROOT / "env/supervisor").rglob("*.py"), ROOT / "env/development.py"]
    kinds = {kind for source in sources for kind in re.findall(calls, source.read_text())}
    assert {"started", "culprit", "unlogged", "wrote"} <= kinds
    rows = " ".join(row for row in TEXT.splitlines() if row.startswith("| `"))
    assert not {kind for kind in kinds if f"`{kind}`" not in rows}


def test_every_command_and_option_is_named() -> None:
    options = {option.name for verb in VERBS.values() for option in verb.options}
    assert {*VERBS, *(option.removeprefix("--") for option in options)} <= {w.lstrip("-") for w in WORDS}


def test_no_link_inside_it_is_dead() -> None:
    heads = {
        re.sub(r"[^\w -]", "", head.lower()).strip().replace(" ", "-")
        for head in re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]*)\)", TEXT)) <= heads
