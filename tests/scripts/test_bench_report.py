"""The benchmark's page and chart are made from its figures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

_SCRIPT = Path(__file__).parents[2] / "scripts" / "bench" / "report.py"


def _figures(seconds: list[float]) -> dict[str, Any]:
    return {"seconds": seconds, "processor": [1.5], "server": [0.25], "largest_mb": 100.0, "total_mb": 150.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Figures of a contest that ours finished in twice the floor's time, and the report of them."""
    folder = tmp_path_factory.mktemp("benchmarks")
    contest = {
        "ours, 2 workers": {**_figures([9.0, 4.0, 3.0]), "stages": [{"ProcessFile": 2.5, "LoadWarehouse": 1.25}]},
        "floor (polars + COPY)": _figures([2.0, 2.0, 9.0]),
        "pandas & to_sql": _figures([40.0, 40.0, 40.0]),
    }
    machine = {
        "date": "2026-01-01",
        "cores": 2,
        "processor": "P",
        "system": "S",
        "python": "3",
        "versions": {"luigi": "3"},
        "peers": ["dlt==1"],
    }
    real = {"month: load": {"ours, 1 worker": _figures([4.0, 2.0, 3.0]), "dlt (calamine, merge)": _figures([12.0])}}
    for each in real["month: load"].values():
        each["largest_mb"] = [90.0, each["largest_mb"]]
    cost = {"files": 2000, "workers": 1, "what": "planned", "seconds": 12, "processor": 11, "largest_mb": 90, "load": 1}
    results = {
        "machine": machine,
        "contest": {"rounds": 3, "found": contest},
        "real": {"rounds": 3, "found": real},
        "files": {"rounds": 1, "found": {"costs": [cost]}},
    }
    (folder / "results.json").write_text(json.dumps(results), encoding="utf-8")
    subprocess.run([sys.executable, str(_SCRIPT), str(folder)], check=True)
    return folder


def test_the_table_compares_medians_with_the_floor_and_with_ours(folder: Path) -> None:
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert "| ours, 2 workers | 4.00 | 3.00 | 9.00 | 2.00 | 1.00 | 1.5 | 0.2 | 100 | 150 |" in page
    assert "| pandas & to_sql | 40.00 | 40.00 | 40.00 | 20.00 | 10.00 | 1.5 | 0.2 | 100 | 150 |" in page


def test_thousands_of_workbooks_are_told_by_what_each_of_them_costs(folder: Path) -> None:
    assert "| 2,000 | 1 | planned | 12.0 | 11.0 | 5.50 | 90 | 1.0 |" in (folder / "README.md").read_text(
        encoding="utf-8"
    )


def test_a_real_month_compares_each_case_with_ours(folder: Path) -> None:
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert "| month: load | dlt (calamine, merge) | 12.00 | 12.00 | 12.00 | 4.00 | 1.50 | 0.25 | 100 |" in page


def test_the_stages_are_listed(folder: Path) -> None:
    assert "| LoadWarehouse | 1.25 |" in (folder / "README.md").read_text(encoding="utf-8")


def test_the_chart_has_a_bar_for_everyone(folder: Path) -> None:
    chart = ElementTree.fromstring((folder / "chart.svg").read_text(encoding="utf-8"))
    assert len(chart.findall("{http://www.w3.org/2000/svg}rect")) == 3
