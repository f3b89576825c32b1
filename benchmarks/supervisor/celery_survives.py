"""How many running Celery tasks live through Ctrl-C and SIGTERM of the supervisor, and what a stop takes.

    python -m benchmarks.supervisor.celery_survives [--runs 100] [--at-once 3] [--honcho 4]

The real application with the real worker's line and manifest, on a Redis of its own; one run in ten takes the
line of Procfile.prod. A run counts when its task, begun once, is done, the exit code says the signal and no
process is left.
"""

import argparse
import json
import random
import statistics
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from env.services.redis import temporary_redis
from env.tests.celery_run import SUPERVISOR, CeleryRun, Outcome, stop_in_the_middle

RESULTS = Path(__file__).resolve().parents[1] / "results" / "celery_survives.json"
SIGNALS = {"Ctrl-C": (CeleryRun.press_ctrl_c, 130), "SIGTERM": (CeleryRun.terminate, 143)}
HONCHO = (str(Path(sys.executable).with_name("honcho")), "start")
DATABASES = 16


class Case(NamedTuple):
    number: int
    signal: str
    procfile: str
    supervisor: tuple[str, ...]
    task_seconds: float
    after_seconds: float


class Verdict(NamedTuple):
    case: Case
    outcome: Outcome

    @property
    def is_survived(self) -> bool:
        return self.outcome.is_done and self.outcome.begun == 1

    @property
    def is_clean(self) -> bool:
        expected = SIGNALS[self.case.signal][1]
        return self.is_survived and self.outcome.survivors == 0 and self.outcome.code == expected


def cases(runs: int, supervisor: tuple[str, ...], seed: int) -> list[Case]:
    chance = random.Random(seed)  # noqa: S311 - to be repeatable
    return [
        Case(
            number=number,
            signal=[*SIGNALS][number % 2],
            procfile="Procfile.prod" if number % 10 >= 9 or number % 20 == 8 else "Procfile",
            supervisor=supervisor,
            task_seconds=chance.uniform(1.0, 2.5),
            after_seconds=chance.uniform(0.0, 0.8),
        )
        for number in range(runs)
    ]


def judge(case: Case, redis: str) -> Verdict:
    outcome = stop_in_the_middle(
        f"{redis}/{case.number % DATABASES}",
        SIGNALS[case.signal][0],
        task_seconds=case.task_seconds,
        after_seconds=case.after_seconds,
        procfile=case.procfile,
        supervisor=case.supervisor,
    )
    verdict = Verdict(case, outcome)
    told = f"\n{case}\n{outcome}\n" if case.supervisor is SUPERVISOR else "x"
    print("." if verdict.is_clean else told, end="", flush=True)
    return verdict


def row(verdicts: Iterable[Verdict]) -> dict[str, Any]:
    verdicts = list(verdicts)
    seconds = [verdict.outcome.seconds for verdict in verdicts if verdict.outcome.seconds is not None]
    return {
        "runs": len(verdicts),
        **{
            f"survived {name}": f"{sum(v.is_survived for v in mine)} of {len(mine)}"
            for name in SIGNALS
            if (mine := [v for v in verdicts if v.case.signal == name])
        },
        "clean": sum(verdict.is_clean for verdict in verdicts),
        "hung": sum(verdict.outcome.seconds is None for verdict in verdicts),
        "left_processes": sum(verdict.outcome.survivors for verdict in verdicts),
        "stop_seconds_median": round(statistics.median(seconds), 2) if seconds else None,
        "stop_seconds_most": round(max(seconds), 2) if seconds else None,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--at-once", type=int, default=3)
    parser.add_argument("--honcho", type=int, default=4, help="runs under Honcho, for comparison")
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    found = {}
    with temporary_redis() as redis, ThreadPoolExecutor(min(options.at_once, DATABASES)) as pool:
        for name, runs, supervisor in (
            ("ours", options.runs, SUPERVISOR),
            ("honcho", options.honcho, HONCHO),
        ):
            todo = cases(runs, supervisor, options.seed)
            found[name] = row(pool.map(lambda case: judge(case, redis), todo)) if todo else {}
            print(f"\n{name}: {json.dumps(found[name])}", flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    return 0 if found["ours"]["clean"] == options.runs else 1


if __name__ == "__main__":
    sys.exit(main())
