"""Read thousands of damaged workbooks: each is read or refused with one of our errors, within 5 s and 500 MB.

``make fuzz`` runs it. Each batch has a process of its own, so that an abort or a hang is seen and its seeds named.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections import Counter

from tests.damaged_workbooks import attempt, damaged_workbooks

_BATCH = 100
_SECONDS, _MEGABYTES = 5.0, 500


def run_batch(first: int) -> None:
    """Read one batch in this process and print its figures as JSON."""
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for seed in range(first, first + _BATCH):
        for name, content, engine in damaged_workbooks(seed):
            begun = time.perf_counter()
            outcomes[attempt(name, content, engine)] += 1
            slowest = max(slowest, time.perf_counter() - begun)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"outcomes": outcomes, "slowest": slowest, "megabytes": peak}))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000, help="how many seeds; each makes five workbooks")
    parser.add_argument("--first", type=int, default=1_000_000, help="the first seed")
    parser.add_argument("--batch", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.batch is not None:
        run_batch(given.batch)
        return 0
    outcomes: Counter[str] = Counter()
    slowest, peak, defects = 0.0, 0, []
    for first in range(given.first, given.first + given.seeds, _BATCH):
        command = [sys.executable, __file__, "--batch", str(first)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_BATCH * _SECONDS, check=False)
        except subprocess.TimeoutExpired:
            defects.append(f"seeds from {first}: no end after {_BATCH * _SECONDS:g} s")
            continue
        if done.returncode:
            defects.append(f"seeds from {first}: exit {done.returncode}\n{done.stderr}")
            continue
        figures = json.loads(done.stdout)
        outcomes.update(figures["outcomes"])
        slowest, peak = max(slowest, figures["slowest"]), max(peak, figures["megabytes"])
    total = sum(outcomes.values())
    print(f"{total} damaged workbooks: " + ", ".join(f"{count} {name}" for name, count in outcomes.most_common()))
    print(f"slowest {slowest:.2f} s (limit {_SECONDS:g}), largest process {peak} MB (limit {_MEGABYTES})")
    print("\n".join(defects) or "no crash, no hang, no other exception")
    return 1 if defects or slowest > _SECONDS or peak > _MEGABYTES else 0


if __name__ == "__main__":
    sys.exit(main())
