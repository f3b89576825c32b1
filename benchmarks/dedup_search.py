"""CPU milliseconds to look one perceptual hash up among a million: `python benchmarks/dedup_search.py`"""

import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backend.crawler.dedup import ProjectIndex

HELD = 1_000_000
QUERIES = 20


def main() -> None:
    hashes = np.random.default_rng(0).integers(-(2**63), 2**63, HELD, np.int64).tolist()
    index = ProjectIndex(hashes)
    rounds = [measure(index) for _ in range(5)]
    print(f"{HELD:,} hashes, CPU ms a query    median {statistics.median(rounds):.2f}")


def measure(index: ProjectIndex) -> float:
    begun = time.process_time()
    for phash in range(QUERIES):
        index.find(phash)
    return (time.process_time() - begun) * 1000 / QUERIES


if __name__ == "__main__":
    main()
