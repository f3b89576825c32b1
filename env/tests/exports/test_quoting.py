"""Every command of a Procfile reaches /bin/sh unchanged, whatever is in it."""

import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from env.exports import quoting
from env.exports.compose import Compose
from env.exports.kubernetes import Kubernetes
from env.exports.supervisord import Supervisord
from env.supervisor.processes.shell import shell_argv
from env.tests.exports.outlets import (
    app_of,
    commands,
    documents,
    expanded,
    interpolated,
    launched,
    supervisord_programs,
    systemd_argvs,
)

TRAPS = [
    "echo $HOME ${HOME} $$ $(date) $((1+1)) $",
    "echo 100% %h %(here)s %%i",
    "echo 'a ; b' \"c # d\" ;# e",
    r"echo \ \\ \" '\n' a\\",
    "echo 🦀 é \u200b \ufeff \xa0; \xa0#",
    "echo \x01\x1b[1m\x7f",
    "printf '%s\\n' \"it's\" '\"' `echo x`",
]
# Once: their templates are compiled for each anew.
SUPERVISORD, COMPOSE, KUBERNETES = Supervisord(), Compose(), Kubernetes()
slow = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


def _file(folder: Path, exporter: Any, command: str) -> Path:
    (file,) = exporter.files(app_of(folder, f"web: {command}"))
    path = folder / file.name
    path.write_text(file.content, "utf-8")
    return path


class TestSystemd:
    @settings(slow, max_examples=5)
    @example(TRAPS)
    @given(st.lists(commands(), min_size=30, max_size=60))
    def test_the_manager_reads_what_the_supervisor_runs(self, tmp_path: Path, several: list[str]) -> None:
        argvs = [shell_argv(command) for command in several]
        unit = tmp_path / "pix-traps.service"
        lines = [f"ExecStart=:{quoting.systemd_command(argv)}" for argv in argvs]
        unit.write_text("\n".join(["[Service]", "Type=oneshot", *lines, ""]), "utf-8")
        assert systemd_argvs(unit) == argvs

    @pytest.mark.parametrize("value", [*TRAPS, "a b", "", "/srv/100%/\"x\"/'y'"])
    def test_environment(self, tmp_path: Path, value: str) -> None:
        """Seen where it can be: as the argument that ends an ExecStart of the same quoting."""
        unit = tmp_path / "pix-variable.service"
        word = quoting.systemd_word(f"NAME={value}")
        unit.write_text(f"[Service]\nType=oneshot\nExecStart=:/bin/true {word}\n", "utf-8")
        assert systemd_argvs(unit) == [["/bin/true", f"NAME={value}"]]


class TestSupervisord:
    @settings(slow, max_examples=60)
    @given(commands())
    def test_it_reads_what_the_supervisor_runs(self, tmp_path: Path, command: str) -> None:
        programs = supervisord_programs(_file(tmp_path, SUPERVISORD, command))
        assert launched(programs["pix-1:web"]) == shell_argv(command)

    @pytest.mark.parametrize("command", TRAPS)
    def test_traps(self, tmp_path: Path, command: str) -> None:
        programs = supervisord_programs(_file(tmp_path, SUPERVISORD, command))
        assert launched(programs["pix-1:web"]) == shell_argv(command)


class TestCompose:
    @settings(slow, max_examples=50)
    @given(commands())
    def test_it_reads_what_the_supervisor_runs(self, tmp_path: Path, command: str) -> None:
        (document,) = documents(_file(tmp_path, COMPOSE, command))
        assert list(map(interpolated, document["services"]["web"]["entrypoint"])) == shell_argv(command)

    @pytest.mark.parametrize("command", TRAPS)
    def test_traps(self, tmp_path: Path, command: str) -> None:
        (document,) = documents(_file(tmp_path, COMPOSE, command))
        assert list(map(interpolated, document["services"]["web"]["entrypoint"])) == shell_argv(command)


class TestKubernetes:
    @settings(slow, max_examples=50)
    @given(commands())
    def test_it_reads_what_the_supervisor_runs(self, tmp_path: Path, command: str) -> None:
        assert self._argv(tmp_path, command) == shell_argv(command)

    @pytest.mark.parametrize("command", TRAPS)
    def test_traps(self, tmp_path: Path, command: str) -> None:
        assert self._argv(tmp_path, command) == shell_argv(command)

    def _argv(self, folder: Path, command: str) -> list[str]:
        (document,) = documents(_file(folder, KUBERNETES, command))
        (container,) = document["spec"]["template"]["spec"]["containers"]
        return list(map(expanded, container["command"]))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_yaml_value_is_read_back(text: str) -> None:
    assert yaml.safe_load(quoting.yaml_value([text, {text: 1}])) == [text, {text: 1}]


@pytest.mark.parametrize(("value", "text"), [(0.5, "0.5"), (30.0, "30"), (1e7, "10000000"), (0.001, "0.001")])
def test_seconds_have_no_exponent(value: float, text: str) -> None:
    assert quoting.seconds(value) == text


@settings(slow, max_examples=15)
@given(st.lists(st.text("'\"\\$%;# aé🦀*", max_size=12), min_size=1, max_size=4))
def test_the_shell_prints_the_same_words(tmp_path: Path, words: list[str]) -> None:
    """Through supervisord's reading and a real /bin/sh."""
    command = f"printf '<%s>' {shlex.join(words)}"
    program = supervisord_programs(_file(tmp_path, SUPERVISORD, command))["pix-1:web"]
    printed = subprocess.run(launched(program), capture_output=True, encoding="utf-8", check=True).stdout
    assert printed == "".join(f"<{word}>" for word in words)
