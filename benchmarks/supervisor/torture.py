"""Ends a thousand supervisors in every way, counts survivors: `python -m benchmarks.supervisor.torture`.

`--real` takes the real three, `next dev`, `uvicorn --reload` and Celery, on a terminal of their own.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from env.tests.supervisor.real import EARLY_REAL, REAL, torture_real
from env.tests.supervisor.torture import GRACE_SECONDS, TREES, Blow, Verdict, describe, torture

RESULTS = Path(__file__).parents[1] / "results"
CELLS = [(tree, blow) for tree in TREES for blow in Blow]
REAL_CELLS = [(tree, blow) for tree in (REAL, EARLY_REAL) for blow in Blow]

Inflict = Callable[[Path, Random, int], Verdict]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGHUP):  # a shell ignores them for what it puts in the background
        signal.signal(number, signal.SIG_DFL)
    inflict = _inflict_real if options.real else _inflict
    begin = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as pool:
        numbers = range(options.runs)
        verdicts = list(pool.map(lambda number: _run(inflict, f"{options.seed} {number}"), numbers))
    failures = [verdict for verdict in verdicts if verdict.complaint]
    summary = _summarize(verdicts)
    for verdict in failures:
        print(describe(verdict), file=sys.stderr)
    _show(summary)
    out = options.out or RESULTS / f"supervisor-torture{'-real' if options.real else ''}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    facts = {
        "runs": options.runs,
        "seed": options.seed,
        "jobs": options.jobs,
    }
    if not options.real:
        facts["grace_seconds"] = GRACE_SECONDS
    seconds = round(time.monotonic() - begin, 1)
    out.write_text(json.dumps({**facts, "seconds": seconds, "cells": summary}, indent=2) + "\n")
    return 1 if failures else 0


def _run(inflict: Inflict, seed: str) -> Verdict:
    random = Random(seed)  # noqa: S311 - no secret
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        verdict = inflict(Path(folder), random, int(seed.split()[-1]))
    if verdict.complaint:
        print(f"seed {seed!r}", describe(verdict), file=sys.stderr, flush=True)
    return verdict


def _inflict(folder: Path, random: Random, _number: int) -> Verdict:
    return torture(folder, *random.choice(CELLS), random)


def _inflict_real(folder: Path, random: Random, number: int) -> Verdict:
    """Each end in turn: there are few runs."""
    tree, blow = REAL_CELLS[number % len(REAL_CELLS)]
    return torture_real(folder, blow, random, is_early=tree == EARLY_REAL)


def _summarize(verdicts: list[Verdict]) -> list[dict[str, object]]:
    cells: dict[tuple[str, Blow], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        cells[verdict.tree, verdict.blow].append(verdict)
    return [_row(*cell, cells[cell]) for cell in (*CELLS, *REAL_CELLS) if cell in cells]


def _row(tree: str, blow: Blow, verdicts: list[Verdict]) -> dict[str, object]:
    stops = sorted(verdict.stop_seconds for verdict in verdicts)
    return {
        "tree": tree,
        "blow": blow,
        "runs": len(verdicts),
        "survivors": sum(verdict.survivors for verdict in verdicts),
        "hangs": sum(verdict.code is None for verdict in verdicts),
        "other complaints": sum(
            bool(v.complaint) and not v.survivors and v.code is not None for v in verdicts
        ),
        "stop median s": round(stops[len(stops) // 2], 2),
        "stop longest s": round(stops[-1], 2),
    }


def _show(summary: list[dict[str, object]]) -> None:
    heads = list(summary[0])
    rows = [[str(row[head]) for head in heads] for row in summary]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in [heads, *rows]:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)))
    total = {key: sum(int(str(row[key])) for row in summary) for key in ("runs", "survivors", "hangs")}
    print(", ".join(f"{count} {what}" for what, count in total.items()))


if __name__ == "__main__":
    sys.exit(main())
