"""One run of a supervisor that meets its end: what kind of children it has, and what befalls it when.

The tests take each combination a few times; `benchmarks/supervisor/torture.py` takes a thousand.
"""

import os
import signal
import subprocess
import sys
import time
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import NamedTuple

from env.tests.supervisor.stack import Stack, eventually, kid

GRACE_SECONDS = 0.5
# What the guard gives to whom it does not know, and its own way up.
GUARD_SECONDS = 10.0
HUNG_SECONDS = 20.0
LATEST_EARLY_SIGNAL_SECONDS = 0.4
LATEST_SIGNAL_SECONDS = 0.1

POLITE, STUBBORN = kid("polite"), kid("stubborn")

TREES = {
    "polite": [POLITE] * 3,
    "stubborn": [STUBBORN, POLITE, POLITE],
    "all stubborn": [STUBBORN] * 3,
    "group": [kid("parent", "polite"), kid("parent", "stubborn"), f"{POLITE} | cat"],
    "setsid": [kid("parent", "polite", "setsid"), kid("parent", "stubborn", "setsid")],
    "double-forked": [kid("parent", "polite", "daemon"), kid("parent", "stubborn", "daemon")],
    "early signal": [
        POLITE,
        STUBBORN,
        kid("parent", "stubborn", "setsid"),
        kid("parent", "polite", "daemon"),
    ],
}
EARLY = "early signal"


class Blow(StrEnum):
    CTRL_C = "Ctrl-C"
    TERM = "TERM"
    HUP = "HUP"
    KILL = "KILL"


SIGNALS = {
    Blow.CTRL_C: signal.SIGINT,
    Blow.TERM: signal.SIGTERM,
    Blow.HUP: signal.SIGHUP,
    Blow.KILL: signal.SIGKILL,
}


class Verdict(NamedTuple):
    tree: str
    blow: Blow
    delay_seconds: float
    code: int | None
    stop_seconds: float
    survivors: int
    complaint: str
    """Empty when all is well."""


# The branches of systems that have neither subreapers nor death signals, taken here.
PORTABLE = """
import sys
from env.supervisor.processes import platform
platform.IS_LINUX = False
from env.supervisor.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def torture(folder: Path, tree: str, blow: Blow, random: Random, *, is_portable: bool = False) -> Verdict:
    commands = TREES[tree]
    stack = Stack(folder)
    names = [f"p{number}" for number in range(len(commands))]
    stack.write(
        dict(zip(names, commands, strict=True)),
        dict.fromkeys(names, f'stop_grace_period = "{GRACE_SECONDS * 1000:.0f}ms"'),
    )
    try:
        portable = [sys.executable, "-c", PORTABLE, *stack.command()[3:]]
        stack.launch(command=portable if is_portable else None)
        if tree != EARLY and not stack.are_ready(sum(1 + ("parent" in command) for command in commands)):
            return Verdict(tree, blow, 0.0, None, 0.0, 0, f"never ready: {stack.output}")
        delay = random.uniform(0, LATEST_EARLY_SIGNAL_SECONDS if tree == EARLY else LATEST_SIGNAL_SECONDS)
        time.sleep(delay)
        return _strike(stack, tree, blow, delay)
    finally:
        stack.clear()


def _strike(stack: Stack, tree: str, blow: Blow, delay: float) -> Verdict:
    begin = time.monotonic()
    if blow is Blow.CTRL_C:
        os.killpg(stack.process.pid, signal.SIGINT)
    else:
        stack.send(SIGNALS[blow])
    try:
        code = stack.code(HUNG_SECONDS)
    except subprocess.TimeoutExpired:
        return Verdict(tree, blow, delay, None, HUNG_SECONDS, len(stack.survivors()), f"hung: {stack.output}")
    took = time.monotonic() - begin
    survivors = left(stack, GUARD_SECONDS if blow is Blow.KILL else 0.0)
    complaint = f"left {sorted(survivors)}: {stack.output}" if survivors else ""
    if code not in _expected(tree, blow) and not _is_interrupted_python(stack, code):
        complaint += f"left with {code}: {stack.output}"
    return Verdict(tree, blow, delay, code, took, len(survivors), complaint)


def _expected(tree: str, blow: Blow) -> set[int]:
    """Before its own first line Python is ended by the signal itself."""
    number = SIGNALS[blow]
    return {-number, 128 + number} if tree == EARLY else {-number if blow is Blow.KILL else 128 + number}


def _is_interrupted_python(stack: Stack, code: int) -> bool:
    """Before our first line Python answers a Ctrl-C itself: with a traceback and 1."""
    return code == 1 and "KeyboardInterrupt" in stack.output and " started (pid=" not in stack.output


def left(stack: Stack, patience_seconds: float) -> set[int]:
    eventually(lambda: not stack.survivors(), patience_seconds)
    return stack.survivors()


def describe(verdict: Verdict) -> str:
    return f"{verdict.tree} × {verdict.blow} after {verdict.delay_seconds * 1000:.0f} ms: {verdict.complaint}"
