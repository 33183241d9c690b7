"""The managers' sample workbooks have the shapes of the real ones."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

pytestmark = pytest.mark.long

_SCRIPT = Path(__file__).parents[2] / "scripts" / "make_sample_workbooks.py"
_DECEMBER = "【for年金机构经营分析】24年12月年金规模收入数据 1212.xlsx"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    subprocess.run([sys.executable, str(_SCRIPT), str(folder)], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def february(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that the newest workbook claims, by sheet."""
    (path,) = (folder / "202602/收集数据/数据采集").glob("*26年2月年金规模收入数据 0306.xlsx")
    book = load_workbook(path)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def _column(rows: list[tuple[Any, ...]], header: str) -> list[Any]:
    place = rows[0].index(header)
    return [row[place] for row in rows[1:] if any(cell is not None for cell in row)]


def _below(folder: Path, name: str) -> Path:
    (path,) = folder.rglob(name)
    return path


@pytest.mark.parametrize(("sheet", "claimed", "filled"), [("规模明细", 38_107, 208), ("收入明细", 14_350, 143)])
def test_a_sheet_claims_far_more_rows_than_it_holds(
    february: dict[str, list[tuple[Any, ...]]], sheet: str, claimed: int, filled: int
) -> None:
    rows = february[sheet]
    assert (len(rows), sum(any(cell is not None for cell in row) for row in rows[1:])) == (claimed, filled)


def test_codes_come_as_numbers_and_texts_in_one_column(february: dict[str, list[tuple[Any, ...]]]) -> None:
    kinds = Counter(type(code).__name__ for code in _column(february["规模明细"], "组合代码"))
    assert min(kinds["int"], kinds["str"], kinds["NoneType"]) > 20


def test_amounts_are_negative_and_formatted_as_accountants_do(
    folder: Path, february: dict[str, list[tuple[Any, ...]]]
) -> None:
    for header in ("期初资产规模", "流失", "待遇支付"):
        assert min(_column(february["规模明细"], header)) < 0
    assert min(_column(february["收入明细"], "固费")) < 0
    older = load_workbook(_below(folder, "*24年11月年金规模收入*.xlsx"))["规模明细"]
    assert older.cell(2, 10).number_format == r'_ * #,##0_ ;_ * \-#,##0_ ;_ * "-"??_ ;_ @_ '


def test_names_are_blank_in_some_rows_of_one_sheet_and_nearly_all_of_the_other(
    february: dict[str, list[tuple[Any, ...]]],
) -> None:
    blank = {name: sum(not cell for cell in _column(rows, "客户名称")) for name, rows in february.items()}
    assert 0.02 < blank["规模明细"] / 208 < 0.57
    assert blank["收入明细"] / 143 > 0.87


def test_what_names_a_row_repeats_and_one_row_is_there_twice(february: dict[str, list[tuple[Any, ...]]]) -> None:
    rows = [row for row in february["规模明细"][1:] if any(row)]
    names = Counter((*row[:4], row[6], row[8]) for row in rows)
    assert sum(count - 1 for count in names.values()) == 5
    assert Counter(Counter(rows).values())[2] == 1
    fees = Counter((*row[:4], row[6], row[8]) for row in february["收入明细"][1:] if any(row))
    assert sum(count - 1 for count in fees.values()) == 71


def test_2026_has_one_kind_of_fee_and_the_year_before_four(
    folder: Path, february: dict[str, list[tuple[Any, ...]]]
) -> None:
    assert not {"浮费", "回补", "税"} & set(february["收入明细"][0])
    before = load_workbook(_below(folder, "*24年11月年金规模收入*.xlsx"))["收入明细"]
    assert {"固费", "浮费", "回补", "税"} <= {cell.value for cell in before[1]}


def test_an_older_file_calls_its_columns_otherwise(folder: Path, february: dict[str, list[tuple[Any, ...]]]) -> None:
    older = {cell.value for cell in load_workbook(_below(folder, "*24年11月年金规模收入*.xlsx"))["规模明细"][1]}
    assert older - set(february["规模明细"][0]) == {"计划号", "流失(含待遇支付)", "年化收益率", "机构名称"}


def test_december_came_in_two_versions_and_with_a_supplement_of_one_kind_of_business(folder: Path) -> None:
    place = folder / "202412/收集数据/数据采集"
    first, second = ([*load_workbook(place / version / _DECEMBER)["规模明细"].values] for version in ("V1", "V2"))
    assert len(first) < len(second)
    supplement = load_workbook(_below(folder, "*采集-补充企年投资收入.xlsx"))
    assert supplement.sheetnames == ["收入明细"]
    assert set(_column(list(supplement["收入明细"].values), "业务类型")) == {"企年投资"}


def test_a_ledger_has_four_sheets_of_two_months(folder: Path) -> None:
    ledger = load_workbook(_below(folder, "台账登记.xlsx"))
    assert ledger.sheetnames == ["企年受托中标(空白)", "企年投资中标(空白)", "企年受托流失(解约)", "企年投资流失(解约)"]
    assert {202601, 202602, "2026年1月", "2026年2月"} == set(_column(list(ledger.worksheets[0].values), "上报月份"))


def test_what_wps_adds_is_there(folder: Path) -> None:
    with zipfile.ZipFile(_below(folder, "台账登记.xlsx")) as archive:
        assert {"customXml/item1.xml", "xl/externalLinks/externalLink1.xml"} <= set(archive.namelist())
