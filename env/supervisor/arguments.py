"""The command line of `python -m env.supervisor`.

By hand: argparse would take a fifth of the CPU time that a start has, and it proposes no closest name.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from env.supervisor.problems import Problem, SupervisorError, closest

_PROGRAM = "python -m env.supervisor"


class Option(NamedTuple):
    name: str
    help: str
    metavar: str = ""
    """Of its value; without one it is a switch."""


class Verb(NamedTuple):
    about: str
    options: tuple[Option, ...]
    examples: tuple[str, ...]
    operand: str = ""
    """NAME, NAME|all, [NAME] or -- COMMAND."""


_PROCFILE = Option("--procfile", "default: Procfile", "FILE")
_MANIFEST = Option("--manifest", "TOML with [tool.pixcrawler.processes.NAME]", "FILE")
_STATE_DIR = Option("--state-dir", "where the run keeps its socket and logs; default: .dev", "DIR")
_JSON = Option("--json", "JSON instead of text")
_NAME = Option("--name", "only this process of the run", "NAME")

VERBS = {
    "start": Verb(
        "run a Procfile in the foreground, or one process again",
        (
            _PROCFILE,
            _MANIFEST,
            Option("--state-dir", "default: .dev beside the Procfile", "DIR"),
            Option("--only", "these and what they depend on", "A,B"),
            Option("--skip", "all but these", "A,B"),
            Option("--profile", "with the processes of these profiles", "A,B"),
            Option("--scale", "so many copies of each", "A=2,B=3"),
            Option("--ports", "auto: move all declared ports to free ones of this folder's own", "auto"),
            Option("--detach", "return as soon as everything is ready"),
            Option("--json", "a JSON object per line of output and event"),
            _NAME,
        ),
        (
            "start --procfile Procfile.prod",
            "start --scale worker=2 --ports auto --detach",
            "start --name api",
        ),
    ),
    "status": Verb(
        "show state, readiness, restarts, uptime, CPU, memory, ports",
        (Option("--watch", "draw it again every second, until Ctrl-C"), _JSON, _STATE_DIR),
        ("status --watch", "status --json"),
    ),
    "logs": Verb(
        "show what a process wrote, also after it ended",
        (
            Option("--follow", "go on until Ctrl-C"),
            Option("--since", "only what is younger: 5m, 1h30m, 12:00", "TIME"),
            Option("--grep", "only lines that match this regular expression", "RE"),
            Option("--lines", "how many of the last; 100 when nothing else narrows it down", "N"),
            _JSON,
            _STATE_DIR,
        ),
        ("logs api --follow", "logs all --since 5m --grep ERROR"),
        "NAME|all",
    ),
    "restart": Verb("stop one process and start it again", (_STATE_DIR,), ("restart worker",), "NAME"),
    "stop": Verb(
        "stop the run, or one process; nothing of it is left",
        (_NAME, _STATE_DIR),
        ("stop", "stop worker"),
        "[NAME]",
    ),
    "wait": Verb(
        "return when everything is ready, or can't become so",
        (Option("--timeout", "default: 120s", "TIME"), _STATE_DIR),
        ("wait --timeout 60s",),
    ),
    "run": Verb(
        "run a command with the environment of the processes",
        (
            Option("--name", "of this very process; otherwise with the env files of all", "NAME"),
            _PROCFILE,
            _MANIFEST,
            _STATE_DIR,
        ),
        ("run -- psql", "run --name api -- sh -c 'echo $PORT'"),
        "-- COMMAND",
    ),
    "attach": Verb(
        "type into a process: a debugger's prompt",
        (_STATE_DIR,),
        ("attach api",),
        "NAME",
    ),
    "critical-chain": Verb(
        "show what the start waited for, and when all came", (_JSON, _STATE_DIR), ("critical-chain",)
    ),
}


class Options(NamedTuple):
    verb: str
    name: str
    command: tuple[str, ...]
    given: dict[str, list[str]]

    def has(self, option: str) -> bool:
        return option in self.given

    def value(self, option: str, default: str = "") -> str:
        return self.given[option][-1] if option in self.given else default

    def listed(self, option: str) -> list[str]:
        """Separated by commas, given several times, or both."""
        return [one for value in self.given.get(option, []) for one in value.split(",") if one]

    @property
    def scale(self) -> dict[str, int]:
        return counts(self.listed("--scale"))

    @property
    def manifest(self) -> Path | None:
        return Path(self.value("--manifest")) if self.has("--manifest") else None

    @property
    def procfile(self) -> Path:
        return Path(self.value("--procfile", "Procfile"))

    @property
    def state_dir(self) -> Path:
        given = self.value("--state-dir")
        return Path(given) if given else self.procfile.resolve().parent / ".dev"


def parse(arguments: list[str]) -> Options | str:
    """A text is the help that was asked for. Raises SupervisorError."""
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        return overview()
    name, *rest = arguments
    if name not in VERBS:
        raise _error(f"no command '{name}'", f"{closest(name, VERBS)} All: {_PROGRAM} --help")
    words, dashes, command = _split(rest)
    if {"-h", "--help"} & set(words):
        return page(name)
    given, operands = _read(name, words)
    return _checked(name, given, operands, command if dashes else None)


def overview() -> str:
    width = max(map(len, VERBS))
    lines = [f"usage: {_PROGRAM} COMMAND [OPTIONS]", ""]
    lines += [f"  {name:<{width}}  {verb.about}" for name, verb in VERBS.items()]
    return "\n".join([*lines, "", f"{_PROGRAM} COMMAND --help shows options and examples."])


def page(name: str) -> str:
    verb = VERBS[name]
    heads = [f"{option.name} {option.metavar}".rstrip() for option in verb.options]
    width = max(map(len, heads))
    usage = f"usage: {_PROGRAM} {name} [OPTIONS] {verb.operand}".rstrip()
    options = [f"  {head:<{width}}  {option.help}" for head, option in zip(heads, verb.options, strict=True)]
    examples = [f"  {_PROGRAM} {example}" for example in verb.examples]
    return "\n".join([usage, "", verb.about, "", *options, "", "examples:", *examples])


def _split(words: list[str]) -> tuple[list[str], bool, list[str]]:
    if "--" not in words:
        return words, False, []
    at = words.index("--")
    return words[:at], True, words[at + 1 :]


def _read(verb: str, words: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    known = {option.name: option for option in VERBS[verb].options}
    given: dict[str, list[str]] = {}
    operands: list[str] = []
    left = iter(words)
    for word in left:
        if not word.startswith("-"):
            operands.append(word)
            continue
        name, equals, value = word.partition("=")
        if name not in known:
            raise _error(f"{verb} has no option '{name}'", closest(name, known))
        option = known[name]
        if option.metavar and not equals:
            value = next(left, "")
        if bool(value) is not bool(option.metavar):
            wish = f"{name} {option.metavar}".rstrip()
            raise _error(f"{name} {'needs a' if option.metavar else 'takes no'} value", f"write {wish}")
        given.setdefault(name, []).append(value)
    return given, operands


def _checked(
    verb: str, given: dict[str, list[str]], operands: list[str], command: list[str] | None
) -> Options:
    operand = VERBS[verb].operand
    hint = f"write {VERBS[verb].examples[0]}; all options: {_PROGRAM} {verb} --help"
    if operand == "-- COMMAND":
        command = command or operands
        if not command:
            raise _error(f"{verb} needs a command", hint)
        return Options(verb, (given.get("--name") or [""])[-1], tuple(command), given)
    if command:
        raise _error(f"{verb} takes no command", hint)
    _check_values(given)
    if operand.startswith("NAME") and len(operands) != 1:
        raise _error(f"{verb} needs one NAME", hint)
    if len(operands) > bool(operand):
        raise _error(f"{verb} does not know what to do with '{operands[-1]}'", hint)
    name = operands[0] if operands else (given.get("--name") or [""])[-1]
    return Options(verb, name, (), given)


def _check_values(given: dict[str, list[str]]) -> None:
    for value in given.get("--ports", []):
        if value != "auto":
            raise _error(f"--ports knows no '{value}'", "write --ports auto")
    counts(Options("", "", (), given).listed("--scale"))


def counts(scale: Iterable[str]) -> dict[str, int]:
    """`worker=2` as a number. Raises SupervisorError."""
    found = {}
    for one in scale:
        name, _, count = one.partition("=")
        if not name or not count.isdecimal():
            raise SupervisorError(
                [Problem("--scale", f"'{one}' is not NAME=NUMBER", "write --scale worker=2")]
            )
        found[name] = int(count)
    return found


def _error(what: str, hint: str) -> SupervisorError:
    return SupervisorError([Problem(_PROGRAM, what, hint)])
