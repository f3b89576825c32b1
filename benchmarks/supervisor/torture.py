"""Ends a thousand supervisors in every way, counts survivors: `python -m benchmarks.supervisor.torture`."""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from env.tests.supervisor.torture import GRACE_SECONDS, TREES, Blow, Verdict, describe, torture

RESULTS = Path(__file__).parents[1] / "results" / "supervisor-torture.json"
CELLS = [(tree, blow) for tree in TREES for blow in Blow]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGHUP):  # a shell ignores them for what it puts in the background
        signal.signal(number, signal.SIG_DFL)
    begin = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as pool:
        verdicts = list(pool.map(_run, [f"{options.seed} {number}" for number in range(options.runs)]))
    failures = [verdict for verdict in verdicts if verdict.complaint]
    summary = _summarize(verdicts)
    for verdict in failures:
        print(describe(verdict), file=sys.stderr)
    _show(summary)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    facts = {"runs": options.runs, "seed": options.seed, "jobs": options.jobs, "grace_seconds": GRACE_SECONDS}
    seconds = round(time.monotonic() - begin, 1)
    options.out.write_text(json.dumps({**facts, "seconds": seconds, "cells": summary}, indent=2) + "\n")
    return 1 if failures else 0


def _run(seed: str) -> Verdict:
    random = Random(seed)  # noqa: S311 - no secret
    tree, blow = random.choice(CELLS)
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        verdict = torture(Path(folder), tree, blow, random)
    if verdict.complaint:
        print(f"seed {seed!r}", describe(verdict), file=sys.stderr, flush=True)
    return verdict


def _summarize(verdicts: list[Verdict]) -> list[dict[str, object]]:
    cells: dict[tuple[str, Blow], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        cells[verdict.tree, verdict.blow].append(verdict)
    return [_row(*cell, cells[cell]) for cell in CELLS if cell in cells]


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
