"""The benchmark's workbooks: three writers, one content."""

from __future__ import annotations

import importlib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from workflows import read_excel_rows

_SCRIPTS = Path(__file__).parents[2] / "scripts"
_SHEETS = ("规模明细", "收入明细")


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """The same two sheets by each writer."""
    for folder in (_SCRIPTS, _SCRIPTS / "bench"):
        monkeypatch.syspath_prepend(folder)
    writers: Any = importlib.import_module("real_workbooks")
    monkeypatch.setattr(writers, "PERFORMANCE_ROWS", 150)
    monkeypatch.setattr(writers, "INCOME_ROWS", 40)
    found = {}
    for name in ("wps", "excel", "dotnet"):
        found[name] = tmp_path / f"{name}.xlsx"
        found[name].write_bytes(getattr(writers, f"{name}_bytes")(writers.month_sheets(202602)))
    return found


@pytest.mark.parametrize("name", ["excel", "dotnet"])
def test_a_writer_says_what_wps_says(written: dict[str, Path], name: str) -> None:
    for sheet in _SHEETS:
        rows = list(read_excel_rows(written[name], sheet))
        assert len(rows) > 30
        assert rows == list(read_excel_rows(written["wps"], sheet))


def test_each_writes_in_its_own_way(written: dict[str, Path]) -> None:
    parts = {name: zipfile.ZipFile(path) for name, path in written.items()}
    sheet, texts = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
    assert b'<f t="shared" si="0"/><v>' in parts["excel"].read(sheet) and b"<rPh " in parts["excel"].read(texts)
    assert b"<x:row " in parts["dotnet"].read(sheet) and b"<x:si>" in parts["dotnet"].read(texts)
