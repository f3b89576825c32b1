"""What each manager would start, read back from its files by its own parser or by its documented rules."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies
from supervisor.options import ServerOptions

from env.exports.application import Application, application
from env.supervisor.configuration.manifest import parse_manifest
from env.supervisor.configuration.plan import make_plan
from env.supervisor.configuration.procfile import Entry, parse_procfile

SYSTEMD_ANALYZE = "systemd-analyze"
# Keys that Debian 12's systemd does not know yet, and says so.
NEWER_KEYS = ("RestartSteps", "RestartMaxDelaySec")
LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def app_of(folder: Path, procfile: str, manifest: str = "") -> Application:
    """`manifest` without the common part of its tables' names."""
    entries, problems = parse_procfile(procfile)
    tables = re.sub(r"^\[", "[tool.pixcrawler.processes.", manifest, flags=re.MULTILINE)
    settings, more = parse_manifest(tables)
    return application(make_plan(entries, settings, problems=[*problems, *more]), "pix", folder)


def commands() -> strategies.SearchStrategy[str]:
    """Whatever can stand behind the colon of a Procfile, with a taste for what formats give a meaning to."""
    nasty = strategies.sampled_from("'\"\\$%;#`{}()[]!&|<>*?~=,: \t\x01\x1b\x7f\xa0aZ0é…🦀-")
    anything = strategies.characters(exclude_categories=["Cs"], exclude_characters="\0")
    text = strategies.text(nasty) | strategies.text(anything) | strategies.text(nasty | anything)
    return text.map(str.strip).filter(_is_one_line)


def _is_one_line(command: str) -> bool:
    return parse_procfile(f"a: {command}") == ({"a": Entry("a", command, 1)}, [])


def verify(*units: Path) -> list[str]:
    """The complaints of systemd itself."""
    return [
        line
        for line in _analyze("verify", "--man=no", *units).stderr.splitlines()
        if not any(f"Unknown key '{key}'" in line for key in NEWER_KEYS)
        and any(unit.name in line for unit in units)
    ]


def exposure(unit: Path) -> float:
    """0 to 10: what systemd thinks of a unit's locks."""
    report = _analyze("security", "--offline=yes", "--no-pager", unit).stdout
    return float(re.findall(r"exposure level for .*: ([\d.]+)", report)[0])


def systemd_argvs(unit: Path, kind: str = "ExecStart") -> list[list[str]]:
    """As the manager has parsed them: its debug output shows every unit that it has loaded."""
    dump = _analyze("verify", "--man=no", unit, SYSTEMD_LOG_LEVEL="debug").stdout
    own = dump.partition(f"-> Unit {unit.name}:\n")[2].partition("\n\t-> Unit ")[0]
    section = own.partition(f"-> {kind}:\n")[2].partition("\n\t\t-> ")[0]
    return [list(_words(line)) for line in re.findall(r"\t\t\tCommand Line: (.*)", section)]


def _words(line: str) -> Iterator[str]:
    """The inverse of systemd's quote_command_line()."""
    for match in re.finditer(r'"((?:\\.|[^"\\])*)"(?: |$)|([^ ]+)(?: |$)', line, re.DOTALL):
        escaped = r"\\([0-7]{3}|.)"
        yield match[2] or re.sub(escaped, lambda found: _unescaped(found[1]), match[1], flags=re.DOTALL)


def _unescaped(escape: str) -> str:
    return chr(int(escape, 8)) if len(escape) == 3 else LETTERS.get(escape, escape)


def _analyze(*arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    assert shutil.which(SYSTEMD_ANALYZE), "systemd-analyze is missing: apt-get install systemd"
    return subprocess.run(
        [SYSTEMD_ANALYZE, *map(str, arguments)],
        capture_output=True,
        env={**os.environ, **environment, "LC_ALL": "C.UTF-8"},
        encoding="utf-8",
        errors="surrogateescape",
    )


def supervisord_programs(configuration: Path) -> dict[str, Any]:
    """`stage:name` to supervisord's own configuration of a process."""
    options = ServerOptions()
    options.realize(["-c", str(configuration)])
    assert not options.parse_warnings
    return {
        f"{group.name}:{process.name}": process
        for group in options.process_group_configs
        for process in group.process_configs
    }


def launched(program: Any) -> list[str]:
    """What the launcher becomes."""
    words = shlex.split(program.command)
    assert words[1:3] == ["-m", "env.exports.launch"]
    return words[words.index("--") + 1 :]


def documents(path: Path) -> list[Any]:
    return list(yaml.safe_load_all(path.read_text("utf-8")))


def interpolated(value: str) -> str:
    """Compose's: a single $ would be a variable of its own environment."""
    assert "$" not in value.replace("$$", ""), "compose would interpolate this"
    return value.replace("$$", "$")


def expanded(value: str) -> str:
    """Kubernetes' third_party/forked/golang/expansion, without a variable that could match."""
    found, at = "", 0
    while at < len(value):
        if value[at] == "$" and at + 1 < len(value):
            assert value[at + 1] != "(" or ")" not in value[at:], "Kubernetes would look for a variable"
            found += "$" if value[at + 1] == "$" else value[at : at + 2]
            at += 2
        else:
            found += value[at]
            at += 1
    return found
