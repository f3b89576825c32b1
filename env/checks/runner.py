"""Run the checks in parallel and print a line each, then the command that mends what is wrong.

`python -m env.checks.runner [--json] [--only NAME,NAME]`; exit 0 fine, 1 problem found, 2 could not run.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TextIO

from env.checks import bun, disk, env_files, node, ports, postgres, python, redis
from env.checks.result import Check, Result, Status, fail

CHECKS: tuple[Check, ...] = (python, node, bun, postgres, redis, ports, env_files, disk)
_COLOURS = {Status.OK: "32", Status.WARN: "33", Status.FAIL: "31"}


@dataclass(frozen=True, slots=True)
class Report:
    name: str
    result: Result
    seconds: float
    crashed: bool = False


def run_checks(checks: Sequence[Check] = CHECKS) -> Iterator[Report]:
    """In the order given, each as soon as it and those before it are done."""
    with ThreadPoolExecutor(max_workers=max(1, len(checks))) as pool:
        yield from pool.map(_run, checks)


def exit_code(reports: Sequence[Report]) -> int:
    if any(report.crashed for report in reports):
        return 2
    return 1 if any(report.result.status is Status.FAIL for report in reports) else 0


def main(arguments: Sequence[str] | None = None, output: TextIO | None = None) -> int:
    options = _parser().parse_args(arguments)
    stream = output or sys.stdout
    # A name with a blank would need quotes: env-files and env_files are the same.
    wanted = options.only.replace("-", " ").replace("_", " ").split(",")
    names = [name.strip() for name in wanted] if options.only else [c.NAME for c in CHECKS]
    if unknown := sorted(set(names) - {check.NAME for check in CHECKS}):
        known = ", ".join(check.NAME for check in CHECKS)
        print(f"no check is named {', '.join(unknown)}; there are: {known}", file=sys.stderr)
        return 2
    reports = []
    for report in run_checks([check for check in CHECKS if check.NAME in names]):
        reports.append(report)
        if not options.json:
            print(_lines(report, colour=_wants_colour(stream)), file=stream, flush=True)
    if options.json:
        print(_json(reports), file=stream)
    return exit_code(reports)


def _run(check: Check) -> Report:
    started = time.perf_counter()
    try:
        result, crashed = check.run(), False
    except Exception as error:  # noqa: BLE001 -- one check's defect must not hide what the others find
        result, crashed = fail(f"could not run: {type(error).__name__}: {error}", "report this defect"), True
    return Report(check.NAME, result, time.perf_counter() - started, crashed)


def _lines(report: Report, *, colour: bool) -> str:
    result = report.result
    word = f"{result.status:<4}"
    if colour:
        word = f"\x1b[{_COLOURS[result.status]}m{word}\x1b[0m"
    lines = [f"{word}  {report.name:<10} {result.message}"]
    lines += [f"{'':16} {detail}" for detail in result.details]
    if result.fix:
        lines.append(f"{'':16} fix: {result.fix}")
    return "\n".join(lines)


def _json(reports: Sequence[Report]) -> str:
    checks = [
        {"name": report.name, **asdict(report.result), "seconds": round(report.seconds, 3)}
        for report in reports
    ]
    return json.dumps({"version": 1, "exit_code": exit_code(reports), "checks": checks}, indent=2)


def _wants_colour(stream: TextIO) -> bool:
    return stream.isatty() and "NO_COLOR" not in os.environ


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="invoke check", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--only", default="", help="names of checks, with commas between")
    return parser


if __name__ == "__main__":
    sys.exit(main())
