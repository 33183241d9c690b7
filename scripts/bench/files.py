"""Plan ever more small workbooks, and write down what each number of them costs; a second plan reads none of them.

``make bench PARTS=files`` runs this. By itself it needs neither peers nor a server, and can measure another copy of the
project: ``python scripts/bench/files.py --numbers 200,500 --root ../other``.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import shutil
import string
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from measure import CommandFailedError, inherited
from workbooks import HEADERS

_ROOT = Path(__file__).resolve().parents[2]
NUMBERS = (200, 500, 1000, 2000, 5000, 10_000)
_PARTS, _ROWS = 40, 20
_LAST = 2024 * 12 + 11


def write(folder: Path, files: int) -> None:
    """``files`` workbooks of 20 rows there: 40 parts of each month, the last month December 2024; keys never meet.

    Those that are there already are left alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(files):
        year, month = divmod(_LAST - number // _PARTS, 12)
        path = folder / f"{year}年{month + 1:02d}月受托业绩_{_letters(number % _PARTS)}.xlsx"
        if not path.exists():
            _write(path, number, year, month + 1)


def _letters(part: int) -> str:
    return "".join(string.ascii_uppercase[at] for at in divmod(part, 26))


def _write(path: Path, number: int, year: int, month: int) -> None:
    dice = random.Random(number)
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("受托业绩")
    sheet.write_row(0, 0, HEADERS)
    for row in range(_ROWS):
        names = (f"P{number:05d}{row:02d}", f"企业年金计划{row:06d}", f"C{number % _PARTS:04d}", "养老金公司")
        figures = (round(dice.gauss(0.01, 0.05), 6), round(dice.uniform(0.5, 3), 4), round(dice.uniform(1e4, 1e9), 2))
        sheet.write_row(row + 1, 0, (year, month, *names, *figures, ""))
    book.close()


@dataclass(frozen=True)
class Cost:
    """Of one run, its forked workers included: seconds on the clock and on processors, the largest process's memory,
    and the machine's load when it began."""

    files: int
    workers: int
    what: str
    seconds: float
    processor: float
    largest_mb: float
    load: float


def measured(place: Path, root: Path, files: int, workers: int) -> Iterator[Cost]:
    """A first plan of so many workbooks, and a second one."""
    data, output = place / f"data-{files}", place / "output"
    write(data, files)
    shutil.rmtree(output, ignore_errors=True)
    for what in ("planned", "planned again"):
        yield _cost(root, data, output, files, workers, what)
    shutil.rmtree(output)


def _cost(root: Path, data: Path, output: Path, files: int, workers: int, what: str) -> Cost:
    own = {
        "WDH_DATA_BASE_DIR": str(data),
        "WDH_OUTPUT_DIR": str(output),
        "WDH_MAX_FILES_LIMIT": "10000",
        "LUIGI_CONFIG_PATH": str(root / "luigi.cfg"),
        "PYTHONPATH": str(root),
    }
    command = [sys.executable, "-m", "luigi", "--module", "workflows.tasks", "LoadDomain", "--local-scheduler"]
    command += ["--domain", "trustee_performance", "--max-files", str(files), "--workers", str(workers)]
    load, begun = os.getloadavg()[0], time.perf_counter()
    log = output.with_suffix(".log")
    with log.open("wb") as stream:
        started = subprocess.Popen(command, env={**inherited(), **own}, cwd=data.parent, stdout=stream, stderr=stream)
        _, status, used = os.wait4(started.pid, 0)
    seconds = time.perf_counter() - begun
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise CommandFailedError(f"exit {started.returncode}: {log.read_text(errors='replace')[-2000:]}")
    # Resident memory in KB, on Linux.
    return Cost(files, workers, what, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, load)


def many_files(_place: object, rounds: int) -> dict[str, Any]:
    """All numbers, with one worker and with two, ``rounds`` times, as the benchmark's part of that name."""
    folder = _ROOT / ".bench" / "files"
    return {"costs": [asdict(cost) for cost in _all(folder, _ROOT, NUMBERS * rounds, (1, 2))]}


def _all(place: Path, root: Path, numbers: Sequence[int], workers: Sequence[int]) -> Iterator[Cost]:
    for count, at_once in itertools.product(numbers, workers):
        for cost in measured(place, root, count, at_once):
            print(json.dumps(asdict(cost)), flush=True)
            yield cost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--numbers", default=",".join(map(str, NUMBERS)), help="of workbooks, separated by commas")
    parser.add_argument("--workers", default="1,2", help="separated by commas")
    parser.add_argument("--root", type=Path, default=_ROOT, help="the copy of the project that is measured")
    parser.add_argument("--place", type=Path, default=_ROOT / ".bench" / "files", help="where workbooks are written")
    options = parser.parse_args()
    numbers, workers = ([int(each) for each in text.split(",")] for text in (options.numbers, options.workers))
    for _ in _all(options.place.resolve(), options.root.resolve(), numbers, workers):
        pass


if __name__ == "__main__":
    main()
