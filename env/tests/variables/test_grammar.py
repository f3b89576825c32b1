"""One grammar for all who read .env files: python-dotenv's."""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from dotenv import dotenv_values
from pydantic import Field, create_model
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from backend.core.settings._env_files import LayeredEnvFiles
from env.services.node import FRONTEND, install_packages, node_binary
from env.supervisor.configuration.envfiles import read_env_files
from env.supervisor.problems import ConfigurationError
from env.tests.variables.grammar import BROKEN, SOUND
from env.variables.files import read
from env.variables.layers import Layers
from env.variables.next_loader import differences


def written(folder: Path, text: str) -> Path:
    path = folder / "frontend/.env"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())
    return path


def oracle(path: Path) -> dict[str, str]:
    return {name: value for name, value in dotenv_values(path).items() if value is not None}


def checked(path: Path) -> dict[str, str]:
    """What `invoke check` and `invoke env.explain` look at."""
    layers = Layers(path.parents[1], {})
    names = {assignment.name for file in layers.files.values() for assignment in file.assignments}
    found = {name: layers.of(name, "frontend") for name in names}
    return {name: settings[0].value for name, settings in found.items() if settings}


def settled(*paths: Path) -> dict[str, str]:
    """What settings of the backend would hold, one for each name in the files."""
    names = list(dict.fromkeys(name for path in paths for name in dotenv_values(path)))
    fields = {f"field_{i}": (str | None, Field(None, validation_alias=name)) for i, name in enumerate(names)}

    class Base(BaseSettings):
        @classmethod
        def settings_customise_sources(  # type: ignore[override]
            cls, settings_cls: type[BaseSettings], **_: PydanticBaseSettingsSource
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (LayeredEnvFiles(settings_cls, env_file=paths),)

    found = create_model("Settings", __base__=Base, **fields)().model_dump()  # type: ignore[call-overload]
    return {name: found[f"field_{i}"] for i, name in enumerate(names) if found[f"field_{i}"] is not None}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND)
def test_all_readers_agree(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    expected = oracle(path)
    assert read_env_files(path.parent, [".env"]) == expected
    assert checked(path) == expected
    assert settled(path) == expected


@pytest.mark.parametrize(("text", "lines"), BROKEN.values(), ids=BROKEN)
def test_all_readers_refuse_the_same_lines(tmp_path: Path, text: str, lines: tuple[int, ...]) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError) as refused:
        read_env_files(path.parent, [".env"])
    assert tuple(int(problem.where.rpartition(":")[2]) for problem in refused.value.problems) == lines
    assert Layers(tmp_path, {}).files["frontend/.env"].broken == lines
    assert settled(path) == checked(path) == oracle(path)


def test_all_readers_let_the_real_environment_win_inside_of_values_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOST_OF_A", "real")
    paths = (tmp_path / ".env", tmp_path / ".env.local")
    paths[0].write_text("HOST_OF_A=file\nPORT_OF_A=1\n")
    paths[1].write_text("A=http://${HOST_OF_A}:${PORT_OF_A}\n")
    assert read_env_files(tmp_path, [".env"])["A"] == "http://real:1"
    assert Layers(tmp_path, os.environ).of("A", "root")[0].value == "http://real:1"
    assert settled(*paths)["A"] == "http://real:1"


def test_a_file_of_all_cases_at_once_is_read_alike(tmp_path: Path) -> None:
    path = written(tmp_path, "\n".join(text.removeprefix("\ufeff") for text in SOUND.values()))
    expected = oracle(path)
    assert len(expected) >= 10
    assert read_env_files(path.parent, [".env"]) == expected
    assert checked(path) == expected
    assert settled(path) == expected


# A fresh loader for each folder: it keeps the environment that it met first.
LOAD = """
const output = JSON.parse(require("fs").readFileSync(0, "utf8")).map(({ folder, given }) => {
  delete require.cache[require.resolve(process.argv[1])];
  const { loadEnvConfig } = require(process.argv[1]);
  const bare = { ...process.env };
  Object.assign(process.env, given);
  loadEnvConfig(folder, true, { info() {}, error() {} });
  const found = Object.entries(process.env).filter(([name]) => !(name in bare) && !name.startsWith("__NEXT"));
  for (const name of Object.keys(process.env)) if (!(name in bare)) delete process.env[name];
  return Object.fromEntries(found);
});
console.log(JSON.stringify(output));
"""


@pytest.fixture(scope="module")
def by_next(
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[str, tuple[Path, dict[str, str], dict[str, str]]]:
    """Of each sound text: its file, what Next reads from it, and what with our values in the environment."""
    install_packages()
    folder = tmp_path_factory.mktemp("next")
    paths = {}
    for number, (name, text) in enumerate(SOUND.items()):
        (folder / str(number)).mkdir()
        paths[name] = written(folder / str(number), text)
    found = [_next(paths.values(), is_given=is_given) for is_given in (False, True)]
    return {name: (paths[name], *both) for name, *both in zip(SOUND, *found, strict=True)}


def _next(paths: Iterable[Path], *, is_given: bool) -> list[dict[str, str]]:
    jobs = [{"folder": str(path.parent), "given": oracle(path) if is_given else {}} for path in paths]
    done = subprocess.run(
        [str(node_binary()), "-e", LOAD, str(FRONTEND / "node_modules/@next/env")],
        input=json.dumps(jobs),
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


Loaded = Mapping[str, tuple[Path, dict[str, str], dict[str, str]]]


def is_warned_of(path: Path) -> bool:
    return bool(list(differences({".env": read(path)})))


class TestNext:
    def test_reads_otherwise_only_what_the_check_warns_of(self, by_next: Loaded) -> None:
        silent = [
            name
            for name, (path, alone, _) in by_next.items()
            if not is_warned_of(path) and alone != oracle(path)
        ]
        assert silent == []

    def test_reads_like_the_others_most_of_what_nobody_is_warned_of(self, by_next: Loaded) -> None:
        alarms = [
            name for name, (path, alone, _) in by_next.items() if is_warned_of(path) and alone == oracle(path)
        ]
        assert alarms == [
            "name alone",
            "reference to nobody",
            "reference with a default",
            "reference with an empty default",
        ]

    def test_changes_a_dollar_even_in_what_the_environment_brings(self, by_next: Loaded) -> None:
        changed = [name for name, (path, _, given) in by_next.items() if given != oracle(path)]
        assert changed == ["name alone after a value", "dollar without braces", "dollar in a password"]
