"""results.json of a folder (docs/benchmarks) -> README.md with tables, and chart.svg, beside it."""

from __future__ import annotations

import argparse
import html
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from arena import FLOOR, OURS, OURS_ONE_WORKER
from run import RESULTS

_BAR, _LEFT, _WIDTH = 26, 190, 560
_DOES_NOT = {
    FLOOR: "no validation or rejects, no provenance, no comparison with the table, no ledger; money passes through"
    " binary floats; columns and sheet are written into the script",
    "dlt (calamine, merge)": "no domain validation or rejects, money in double precision, error cells become blanks,"
    " no provenance by row; loads into staging and merges by key, as ours does",
    "pandas + to_sql": "no validation or rejects, no comparison (it appends), money passes through binary floats",
}

_REAL = """
A workbook of 33,600 rows × 23 columns and 8,500 × 12, both annuity domains read from it, into tables of 625,000 and
158,000 rows; an index of 45,000 known companies. The phantom-row workbook claims 38,107 rows and fills 208. Where a
branch is unknown (in the phantom-row workbook, and where it is said) ours also writes the workbook that goes back to
its provider. A peer stands where it can do the same: for a plan the floor (polars) and pandas read the sheets and no
more; the floor loads by COPY, and again by DELETE and COPY; dlt replaces groups by merge_key; pandas only adds. None of
them checks, looks up companies, fills the tables that facts point to, tells what would change, or takes a load back.
Each goes through the cases in tables of its own, with autovacuum off.
""".strip().splitlines()


def contest_table(found: dict[str, Any]) -> Iterator[str]:
    floor = median(found[FLOOR]["seconds"])
    ours = median(found[OURS]["seconds"])
    times = "median s | min | max | × the floor | × ours | CPU s | server's CPU s"
    yield f"| | {times} | largest process MB | all processes MB |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for name, each in sorted(found.items(), key=lambda item: median(item[1]["seconds"])):
        times = each["seconds"]
        yield (
            f"| {name} | {median(times):.2f} | {min(times):.2f} | {max(times):.2f} | {median(times) / floor:.2f} |"
            f" {median(times) / ours:.2f} | {median(each['processor']):.1f} | {_server(each)} |"
            f" {each['largest_mb']:.0f} | {each['total_mb']:.0f} |"
        )


def _server(found: dict[str, Any]) -> str:
    """The server's part, which older figures do not have."""
    return f"{median(found['server']):.1f}" if "server" in found else ""


def stages_table(runs: Sequence[dict[str, float]]) -> Iterator[str]:
    yield "| task | seconds (median; tasks of one kind summed) |"
    yield "|---|---:|"
    for kind in runs[0]:
        yield f"| {kind} | {median(run[kind] for run in runs):.2f} |"


def sizes_table(found: dict[str, Any]) -> Iterator[str]:
    four = median(found["4"]["seconds"])
    yield "| files of 50,000 rows | median s | × 4 files | largest process MB | all processes MB |"
    yield "|---:|---:|---:|---:|---:|"
    for files, each in found.items():
        if files.isdecimal():
            middle = median(each["seconds"])
            peaks = f"{each['largest_mb']:.0f} | {each['total_mb']:.0f}"
            yield f"| {files} | {middle:.2f} | {middle / four:.2f} | {peaks} |"
    yield f"| 20, executed again, nothing changed | {median(found['again_execute']['seconds']):.2f} | | | |"
    yield f"| 20, planned again, nothing changed | {median(found['again_plan']['seconds']):.2f} | | | |"


def numbers_table(found: dict[str, Any]) -> Iterator[str]:
    base = median(found["1"]["seconds"])
    yield "| small files (20 rows) | median s | ms per file beyond the first |"
    yield "|---:|---:|---:|"
    yield f"| 1, planned | {base:.2f} | |"
    for files, each in found.items():
        if files != "1":
            middle = median(each["seconds"])
            yield f"| {files}, loaded | {middle:.2f} | {(middle - base) / (int(files) - 1) * 1000:.1f} |"


def reloads_table(found: dict[str, Any]) -> Iterator[str]:
    yield "| | median s |"
    yield "|---|---:|"
    yield f"| 4 files of 50,000 rows again, nothing changed | {median(found['reload']['seconds']):.2f} |"
    yield f"| one restated month of 50,000 rows against 2,000,000 rows | {median(found['restated']['seconds']):.2f} |"


def real_table(found: dict[str, Any]) -> Iterator[str]:
    yield "| | | median s | min | max | × ours | CPU s | server's CPU s | largest process MB |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|---:|"
    for case, contenders in found.items():
        ours = median(contenders[OURS_ONE_WORKER]["seconds"])
        for name, each in contenders.items():
            times = each["seconds"]
            yield (
                f"| {case} | {name} | {median(times):.2f} | {min(times):.2f} | {max(times):.2f} |"
                f" {median(times) / ours:.2f} | {median(each['processor']):.2f} | {median(each['server']):.2f} |"
                f" {max(each['largest_mb']):.0f} |"
            )


def files_table(found: dict[str, Any]) -> Iterator[str]:
    figures = "seconds | CPU s | CPU ms a workbook | largest process MB | the machine's load before"
    yield f"| workbooks | workers | | {figures} |"
    yield "|---:|---:|---|---:|---:|---:|---:|---:|"
    for cost in found["costs"]:
        used = cost["processor"]
        yield (
            f"| {cost['files']:,} | {cost['workers']} | {cost['what']} | {cost['seconds']:.1f} | {used:.1f} |"
            f" {1000 * used / cost['files']:.2f} | {cost['largest_mb']:.0f} | {cost['load']:.1f} |"
        )


def chart(found: dict[str, Any]) -> str:
    """Bars of the contest's medians, a thin line from the fastest to the slowest round."""
    bars = sorted(((name, each["seconds"]) for name, each in found.items()), key=lambda bar: median(bar[1]))
    scale = _WIDTH / max(max(times) for _, times in bars)
    parts = []
    for index, (name, times) in enumerate(bars):
        top, middle = 40 + index * (_BAR + 12), median(times)
        y, colour = top + _BAR / 2, "#1f6feb" if name in (OURS, OURS_ONE_WORKER) else "#8b949e"
        low, high = _LEFT + min(times) * scale, _LEFT + max(times) * scale
        parts.append(
            f'<text x="{_LEFT - 10}" y="{y + 5}" text-anchor="end">{html.escape(name)}</text>'
            f'<rect x="{_LEFT}" y="{top}" width="{middle * scale:.1f}" height="{_BAR}" fill="{colour}" rx="3"/>'
            f'<path d="M{low:.1f} {y}H{high:.1f}" stroke="#57606a" stroke-width="2"/>'
            f'<text x="{high + 8:.1f}" y="{y + 5}">{middle:.1f} s</text>'
        )
    height = 50 + len(bars) * (_BAR + 12)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 80} {height}" '
        'font-family="sans-serif" font-size="14" fill="#57606a">'
        '<text x="10" y="22" font-weight="bold">200,000 rows from 4 workbooks into PostgreSQL, whole process</text>'
        f"{''.join(parts)}</svg>\n"
    )


def page(results: dict[str, Any]) -> Iterator[str]:
    about = results["machine"]
    rounds = ", ".join(f"{name} {results[name]['rounds']}" for name in results if name not in ("machine", "notes"))
    yield "# Benchmarks"
    yield "`make bench` measures and writes this page. Every figure is a whole process, from start to exit, against a"
    yield "fresh database on one embedded PostgreSQL with its default settings (fsync on); contenders take turns."
    yield f"Rounds: {rounds}."
    yield ""
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    yield f"{about['date']}, {about['cores']} cores of {about['processor']}, {about['system']},"
    yield f"Python {about['python']}, {versions}. Peers: {', '.join(about['peers'])}."
    yield from ("", *results.get("notes", []), "")
    yield from _sections(results)


def _sections(results: dict[str, Any]) -> Iterator[str]:
    if "contest" in results:
        found = results["contest"]["found"]
        yield from ("## 4 workbooks of 50,000 rows × 10 columns", "", "![The table's medians as bars](chart.svg)", "")
        yield from contest_table(found)
        yield from (
            "",
            "Ours does everything: error cells and formats, header detection, validation with rejects, provenance,",
            "JSON targets, comparison under the table's lock, ledger. On a busy machine CPU seconds say more than the",
            "clock. What the others do not do:",
            "",
        )
        yield from (f"- **{name}**: {text}." for name, text in _DOES_NOT.items())
        yield from ("", "Where our time goes (two workers; files are processed two at a time):", "")
        yield from stages_table(found[OURS]["stages"])
        yield ""
    for name, title, table in (
        ("sizes", "More rows (two workers)", sizes_table),
        ("numbers", "More files (two workers; planning with one)", numbers_table),
        ("reloads", "Reloads", reloads_table),
        ("files", "Thousands of small workbooks, planned", files_table),
    ):
        if name in results:
            yield from (f"## {title}", "", *table(results[name]["found"]), "")
    if "real" in results:
        yield from ("## A pension manager's month", "", *_REAL, "", *real_table(results["real"]["found"]), "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=RESULTS.parent)
    folder: Path = parser.parse_args().folder
    results = json.loads((folder / RESULTS.name).read_text(encoding="utf-8"))
    (folder / "README.md").write_text("\n".join(page(results)).rstrip() + "\n", encoding="utf-8")
    if "contest" in results:
        (folder / "chart.svg").write_text(chart(results["contest"]["found"]), encoding="utf-8")


if __name__ == "__main__":
    main()
