"""Rows as dicts that know their Excel row number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.workbooks import HEADERS, Value, xls, xlsx
from workflows.errors import HeaderError, SheetNotFoundError, UnreadableWorkbookError
from workflows.settings import get_settings
from workflows.sources.workbook import read_excel_rows

ROW: list[Value] = [2024, 11, "P1", "C1", 0.01, 1.5, 100]


def saved(tmp_path: Path, content: bytes, name: str = "a.xlsx") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_a_row_is_a_dict_by_header_text(tmp_path: Path) -> None:
    assert read_excel_rows(saved(tmp_path, xlsx([HEADERS, ROW]))) == [dict(zip(HEADERS, ROW, strict=True))]


def test_row_numbers_are_excels_own_after_title_header_and_blank_rows(tmp_path: Path) -> None:
    path = saved(tmp_path, xlsx([["标题"], [], HEADERS, ROW, [None], ROW, ["合计"]]))
    assert [row.row_number for row in read_excel_rows(path)] == [4, 6, 7]


def test_a_row_names_its_sheet(tmp_path: Path) -> None:
    assert read_excel_rows(saved(tmp_path, xlsx([HEADERS, ROW], sheet="业绩")))[0].sheet == "业绩"


def test_an_xls_gives_the_same_rows(tmp_path: Path) -> None:
    rows: list[Sequence[Value]] = [["标题"], HEADERS, ROW]
    assert read_excel_rows(saved(tmp_path, xls(rows), "a.xls")) == read_excel_rows(saved(tmp_path, xlsx(rows)))


def test_a_header_row_alone_gives_no_rows(tmp_path: Path) -> None:
    assert read_excel_rows(saved(tmp_path, xlsx([HEADERS]))) == []


def test_a_short_row_has_every_column(tmp_path: Path) -> None:
    assert read_excel_rows(saved(tmp_path, xlsx([["a", "b"], [1], [1, 2]])))[0] == {"a": 1.0, "b": None}


def test_a_sheet_can_be_named(tmp_path: Path) -> None:
    path = saved(tmp_path, xlsx([["x"]], others={"乙": [["a"], [1]]}))
    assert read_excel_rows(path, sheet="乙") == [{"a": 1.0}]


def test_a_missing_sheet_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SheetNotFoundError):
        read_excel_rows(saved(tmp_path, xlsx([HEADERS])), sheet="丙")


def test_a_repeated_header_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HeaderError, match="columns A 'a' and B 'a'"):
        read_excel_rows(saved(tmp_path, xlsx([["a", "a"], [1, 2]])))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableWorkbookError, match="cannot be opened"):
        read_excel_rows(tmp_path / "none.xlsx")


def test_the_engine_of_the_settings_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WDH_WORKBOOK_ENGINE", "xlrd")
    get_settings.cache_clear()
    try:
        with pytest.raises(UnreadableWorkbookError, match="xlrd cannot read"):
            read_excel_rows(saved(tmp_path, xlsx([HEADERS, ROW])))
    finally:
        get_settings.cache_clear()
