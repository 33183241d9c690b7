"""The pension managers' sample workbooks have the shapes of real ones, and are always the same."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

_SCRIPTS = Path(__file__).parents[2] / "scripts"
_WRITE = "import pickle, sys; from sample_annuities import *; pickle.dump(dict(sample_workbooks()), sys.stdout.buffer)"


def _samples() -> dict[str, bytes]:
    import pickle

    done = subprocess.run([sys.executable, "-c", _WRITE], cwd=_SCRIPTS, check=True, capture_output=True)
    found: dict[str, bytes] = pickle.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def samples() -> dict[str, bytes]:
    return _samples()


@pytest.fixture(scope="module")
def book(samples: dict[str, bytes]) -> Workbook:
    """February's second version."""
    (content,) = (data for path, data in samples.items() if "数据采集/V2/" in path)
    return load_workbook(io.BytesIO(content))


def column(book: Workbook, header: str) -> list[object]:
    page = book["规模明细"]
    headers = [cell.value for cell in page[1]]
    return [row[headers.index(header)] for row in page.iter_rows(2, 209, values_only=True)]


def test_the_same_bytes_come_out_at_every_run(samples: dict[str, bytes]) -> None:
    assert _samples() == samples


def test_there_are_two_months_two_versions_a_supplement_and_two_ledgers(samples: dict[str, bytes]) -> None:
    assert [path.split("/")[0] for path in samples] == ["202411", *["202602"] * 5]
    assert sum("/V1/" in path for path in samples) == sum("/V2/" in path for path in samples) == 2
    assert sum("补充" in path for path in samples) == 1


def test_the_sheet_claims_rows_to_38107_and_holds_208(samples: dict[str, bytes], book: Workbook) -> None:
    (content,) = (data for path, data in samples.items() if "数据采集/V2/" in path)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b'<dimension ref="A1:W38107"/>' in sheet
    assert sheet.count(b"<row ") == 38_107
    assert book["规模明细"]["A209"].value == 202602
    assert book["规模明细"]["A210"].value is None


def test_codes_are_numbers_and_texts_in_one_column(book: Workbook) -> None:
    assert {type(value).__name__ for value in column(book, "组合代码")} == {"int", "str", "NoneType"}


def test_amounts_are_negative_customers_blank_and_rows_repeated(book: Workbook) -> None:
    assert min(value for value in column(book, "流失（含待遇支付）") if isinstance(value, (int, float))) < 0
    assert 0.02 < column(book, "客户名称").count(None) / 208 < 0.57
    rows = list(book["规模明细"].iter_rows(2, 209, values_only=True))
    assert len(rows) - len(set(rows)) == 5
    assert book["规模明细"]["J2"].number_format.startswith("_ * #,##0_ ")


def test_the_older_workbook_has_other_headers_and_the_newer_one_has_no_floating_fee(
    samples: dict[str, bytes], book: Workbook
) -> None:
    older = load_workbook(io.BytesIO(next(data for path, data in samples.items() if path.startswith("202411"))))
    assert {"计划号", "年化收益率", "机构名称", "流失(含待遇支付)"} <= {cell.value for cell in older["规模明细"][1]}
    assert "浮费" in {cell.value for cell in older["收入明细"][1]}
    assert "浮费" not in {cell.value for cell in book["收入明细"][1]}


def test_a_ledger_has_four_sheets_over_two_months(samples: dict[str, bytes]) -> None:
    (content,) = (data for path, data in samples.items() if "业务收集/V2/" in path)
    ledger = load_workbook(io.BytesIO(content))
    assert len(ledger.sheetnames) == 4
    assert {row[0] for row in ledger.worksheets[0].iter_rows(2, values_only=True)} == {"2026年1月", "2026年2月"}
