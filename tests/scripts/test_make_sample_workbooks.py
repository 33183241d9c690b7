"""The sample workbooks are real, varied and always the same."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlrd
from openpyxl import load_workbook

_SCRIPT = Path(__file__).parents[2] / "scripts" / "make_sample_workbooks.py"
_NOVEMBER = "数据采集/V2/2024年11月受托业绩报告.xlsx"


def _write(folder: Path) -> Path:
    subprocess.run([sys.executable, str(_SCRIPT), str(folder)], check=True, capture_output=True)
    return folder


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _rows(path: Path) -> list[tuple[object, ...]]:
    workbook = load_workbook(path)
    return list(workbook.worksheets[0].iter_rows(values_only=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _write(tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="module")
def names(folder: Path) -> list[str]:
    return [name for name in _files(folder) if "受托业绩" in name and "~$" not in name]


def test_the_same_bytes_come_out_at_every_run(folder: Path, tmp_path: Path) -> None:
    assert _files(_write(tmp_path)) == _files(folder)


def test_no_file_holds_the_time_of_writing(folder: Path) -> None:
    dates = {
        entry.date_time
        for path in folder.rglob("*.xls[xm]")
        if not path.name.startswith("~$")
        for entry in zipfile.ZipFile(path).infolist()
    }
    assert dates == {(1980, 1, 1, 0, 0, 0)}


def test_there_are_seven_workbooks(names: list[str]) -> None:
    assert len(names) == 7


def test_the_workbooks_cover_five_months(names: list[str]) -> None:
    months = {re.sub(r"\D", "", re.findall(r"2024\D?\d+", name)[0])[4:] for name in names}
    assert months == {"8", "9", "10", "11", "12"}


def test_three_formats_are_there(names: list[str]) -> None:
    assert {Path(name).suffix for name in names} == {".xlsx", ".xlsm", ".xls"}


def test_the_xlsm_is_macro_enabled_by_its_content_type(folder: Path) -> None:
    with zipfile.ZipFile(folder / "2024年10月受托业绩报告.xlsm") as archive:
        assert b"sheet.macroEnabled.main+xml" in archive.read("[Content_Types].xml")


def test_the_xls_opens_with_a_title_above_its_header(folder: Path) -> None:
    sheet = xlrd.open_workbook(str(folder / "2024-9受托业绩.xls")).sheet_by_index(0)
    assert sheet.row_values(0)[0] == "2024年9月受托业绩报告"
    assert sheet.row_values(1)[:3] == ["年", "月", "计划代码"]


def test_one_workbook_has_english_headers_and_no_title(folder: Path) -> None:
    assert _rows(folder / "2024年8月受托业绩报告.xlsx")[0][:3] == ("year", "month", "plan_code")


def test_each_workbook_has_between_40_and_200_lines(folder: Path, names: list[str]) -> None:
    lines = [len(_rows(folder / name)) for name in names if not name.endswith(".xls")]
    assert all(40 <= count <= 200 for count in lines)


def test_november_holds_its_four_mistakes(folder: Path) -> None:
    by_row = _rows(folder / _NOVEMBER)
    assert (by_row[13][6], by_row[49][5], by_row[85][1], by_row[122][7]) == ("待定", 15, None, "#N/A")


def test_the_error_value_of_november_is_an_error_cell(folder: Path) -> None:
    assert load_workbook(folder / _NOVEMBER).worksheets[0].cell(123, 8).data_type == "e"


def test_percents_come_as_text_as_number_format_and_in_a_header(folder: Path) -> None:
    december = load_workbook(folder / "202412受托业绩V2.xlsx").worksheets[0].cell(3, 7).value
    october = load_workbook(folder / "2024年10月受托业绩报告.xlsm").worksheets[0].cell(3, 6)
    september = xlrd.open_workbook(str(folder / "2024-9受托业绩.xls")).sheet_by_index(0).cell_value(1, 6)
    assert isinstance(december, str) and december.endswith("%")
    assert isinstance(october.value, float) and october.number_format == "0.00%"
    assert september == "收益率(%)"


def test_one_header_gives_its_unit(folder: Path) -> None:
    assert _rows(folder / "202412受托业绩V2.xlsx")[1][-1] == "规模(万元)"


@pytest.mark.parametrize("name", ["202412受托业绩V2.xlsx", "2024年10月受托业绩报告.xlsm", _NOVEMBER])
def test_the_totals_row_is_the_sum_of_the_scales(folder: Path, name: str) -> None:
    *lines, totals = _rows(folder / name)[2:]
    scales = [line[-1] for line in lines if isinstance(line[-1], int | float)]
    assert totals[0] == "合计"
    assert totals[-1] == pytest.approx(sum(scales), rel=0, abs=0.004)


def test_a_restatement_differs_from_what_it_restates(folder: Path) -> None:
    first = _rows(folder / "202412受托业绩V1.xlsx")[2:-1]
    second = _rows(folder / "202412受托业绩V2.xlsx")[2:-1]
    assert 0 < sum(a != b for a, b in zip(first, second, strict=False)) < len(first) < len(second)


def test_a_key_stands_once_in_a_workbook(folder: Path) -> None:
    lines = _rows(folder / "202412受托业绩V2.xlsx")[2:-1]
    assert len({(line[2], line[4]) for line in lines}) == len(lines)


def test_files_that_are_not_to_be_read_lie_among_them(folder: Path) -> None:
    assert {"~$2024年12月受托业绩报告.xlsx", "2024年11月年金规模.xlsx", "说明.txt"} <= set(_files(folder))
