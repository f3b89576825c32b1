"""Plain Honcho reads our Procfiles as our supervisor does, and starts the same with the same words."""

import json
import shlex
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from honcho.environ import parse_procfile as parse_as_honcho

from env.services.places import ROOT
from env.supervisor.configuration.procfile import parse_procfile
from env.tests.supervisor.stack import Stack, eventually

PROCFILES = ["Procfile", "Procfile.prod"]
HONCHO = [sys.executable, "-m", "honcho", "start"]

# Writes what it was given, and stays: the first that ended would end them all.
REPORTER = """
import json, os, pathlib, sys, time
facts = {
    "argv": pathlib.Path("/proc/self/cmdline").read_text().split("\\0"),
    "environment": dict(os.environ),
    "folder": os.getcwd(),
}
target = pathlib.Path(os.environ["REPORTS"], sys.argv[1])
target.with_suffix(".part").write_text(json.dumps(facts))
target.with_suffix(".part").rename(target)
time.sleep(600)
"""

Facts = dict[str, Any]

# What each adds of its own; everything else has to be equal. Ours also says whose run it is.
OWN = {"PYTHONUNBUFFERED", "HONCHO_PROCESS_NAME", "PIXCRAWLER_RUN", "PATH", "REPORTS"}


@pytest.mark.parametrize("name", PROCFILES)
def test_both_read_the_same_names_and_commands(name: str) -> None:
    text = (ROOT / name).read_text()
    entries, problems = parse_procfile(text)
    assert not problems
    assert {entry.name: entry.command for entry in entries.values()} == parse_as_honcho(text).processes
    assert list(entries) == list(parse_as_honcho(text).processes)


@pytest.fixture
def commands(tmp_path: Path) -> dict[str, str]:
    script = tmp_path / "reporter.py"
    script.write_text(REPORTER)
    run = shlex.join([sys.executable, "-S", str(script)])
    return {
        "plain": f"{run} plain --reload -n 2",
        "quoted": f"""{run} quoted 'two words' "it's $GREETING" \\$HOME ''""",
        "assigned": f"LEVEL=3 GREETING=other {run} assigned $LEVEL",
        "pattern": f"{run} pattern *.py ~ ${{PORT}}",
        "chained": f"cd / && {run} chained",
        "piped": f"echo word | {run} piped",
        "executed": f"exec {run} executed",
    }


def _environment(stack: Stack) -> dict[str, str]:
    """Both run in the folder of the Procfile, where Honcho looks for it."""
    return {**stack.environment, "PYTHONPATH": str(ROOT)}


def reports(stack: Stack, folder: Path, names: list[str], command: list[str]) -> dict[str, Facts]:
    folder.mkdir()
    environment = {**_environment(stack), "GREETING": "hello $(date)", "REPORTS": str(folder)}
    stack.launch(command=command, folder=stack.folder, environment=environment)
    try:
        assert eventually(lambda: all((folder / name).exists() for name in names), 60), stack.output
        stack.send(signal.SIGTERM)
        assert stack.code(60) == 143
    finally:
        stack.clear()
    return {name: json.loads((folder / name).read_text()) for name in names}


def test_both_start_the_same(stack: Stack, commands: dict[str, str]) -> None:
    stack.write(commands, {})
    theirs = reports(stack, stack.folder / "theirs", [*commands], HONCHO)
    ours = reports(stack, stack.folder / "ours", [*commands], stack.command())
    for name in commands:
        for facts in (theirs[name], ours[name]):
            facts["environment"] = {k: v for k, v in facts["environment"].items() if k not in OWN}
        assert ours[name] == theirs[name], name


def test_both_number_the_ports_alike(stack: Stack) -> None:
    stack.write(dict.fromkeys(("a", "b", "c"), "echo $PORT; sleep 600"), {})
    said = []
    for command in (HONCHO, stack.command()):
        stack.launch(
            command=command, folder=stack.folder, environment={**_environment(stack), "PORT": "7000"}
        )
        assert eventually(lambda: stack.output.count("| 7") == 3, 60), stack.output
        said.append(sorted(text for _, text in stack.lines if text.isdigit()))
        stack.send(signal.SIGTERM)
        stack.code(60)
        stack.clear()
    assert said == [["7000", "7100", "7200"]] * 2
