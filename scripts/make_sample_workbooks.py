"""Write sample workbooks of trustee performance (August to December 2024) and of annuities (to 2026) into a folder.

They are like those that providers send: three file formats, V1 and V2 restatements in names and in folders, titles
above the header, percents written in three ways, a unit in a header, totals rows, a few bad rows, 208 rows in a sheet
that claims 38,107, a supplement, ledgers, and files that are not to be read. All names and figures are invented. The
same bytes come out at every run.
"""

from __future__ import annotations

import argparse
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import xlwt
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.writer.excel import ExcelWriter
from sample_annuities import companies, income_sheet, ledger_sheets, performance_sheet
from sample_sheets import SAMPLES, Sample, Value, sheet_of
from wps_workbook import wps_bytes

_SHEET = "受托业绩"
_WRITTEN = datetime(2025, 1, 15, 9, 0, 0)
# The earliest date that a zip entry can hold.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_XLSX_MAIN = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_XLSM_MAIN = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_FORMATS = {"收益率": "0.00%", "净值": "0.0000", "规模": "#,##0.00", "报告日期": "yyyy-mm-dd"}


def _number_format(header: object) -> str:
    name, _, unit = str(header).partition("(")
    return "0.00" if unit == "%)" else _FORMATS.get(name, "General")


def xlsx_bytes(rows: Sequence[Sequence[Value]], header_row: int, *, sheet: str, macros: bool = False) -> bytes:
    """The rows as .xlsx, or as .xlsm (which differs in its main content type)."""
    workbook = Workbook()
    # Set here and written by ExcelWriter itself: Workbook.save would put the current time in.
    workbook.properties.created = workbook.properties.modified = _WRITTEN
    worksheet = workbook.active or workbook.create_sheet()
    worksheet.title = sheet
    for row in rows:
        worksheet.append(list(row))
    for cell in worksheet[header_row]:
        cell.font = Font(bold=True)
        for below in worksheet.iter_rows(header_row + 1, None, cell.column, cell.column):
            below[0].number_format = _number_format(cell.value)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        ExcelWriter(workbook, archive).write_data()
    return _without_times(written, {_XLSX_MAIN: _XLSM_MAIN} if macros else {})


def _without_times(written: io.BytesIO, replaced: Mapping[bytes, bytes]) -> bytes:
    result = io.BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "[Content_Types].xml":
                for old, new in replaced.items():
                    data = data.replace(old, new)
            target.writestr(zipfile.ZipInfo(name, _ZIP_DATE), data, zipfile.ZIP_DEFLATED)
    return result.getvalue()


def xls_bytes(rows: Sequence[Sequence[Value]], header_row: int, *, sheet: str) -> bytes:
    """The rows as .xls (BIFF 8)."""
    workbook = xlwt.Workbook(encoding="utf-8")
    worksheet = workbook.add_sheet(sheet)
    styles = [xlwt.easyxf(num_format_str=_number_format(header)) for header in rows[header_row - 1]]
    for index, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None and index < header_row:
                worksheet.write(index, column, value)
            elif value is not None:
                worksheet.write(index, column, value, styles[column])
    result = io.BytesIO()
    workbook.save(result)
    return result.getvalue()


def workbook_bytes(sample: Sample) -> bytes:
    """The sample in the format that its ending names."""
    rows, header_row = sheet_of(sample), sample.header_row
    if sample.path.endswith(".xls"):
        return xls_bytes(rows, header_row, sheet=_SHEET)
    return xlsx_bytes(rows, header_row, sheet=_SHEET, macros=sample.path.endswith(".xlsm"))


def annuity_workbooks() -> Iterator[tuple[str, bytes]]:
    """Three months of the managers' workbooks: one with other headers, one restated and completed, one of 2026."""
    report = "【for年金机构经营分析】{}年金规模收入数据 {}.xlsx"
    folder = "202411/收集数据/数据采集/"
    yield (
        folder + report.format("24年11月", 1111),
        wps_bytes(
            [
                performance_sheet("2024年11月", 96, seed="2411", older=True),
                income_sheet("2024年11月", 40, seed="2411"),
            ]
        ),
    )
    folder = "202412/收集数据/数据采集/"
    for version, count in (("V1", 140), ("V2", 150)):
        rows = [performance_sheet(202412, count, seed="2412"), income_sheet(202412, count // 2, seed="2412")]
        yield f"{folder}{version}/{report.format('24年12月', 1212)}", wps_bytes(rows)
    # Rows of one business type only; what the main workbook says of it is provisional.
    rows = [income_sheet(20241215, 30, seed="补充", only="企年投资")]
    yield folder + "【for年金机构经营分析】24年12月年金数据采集-补充企年投资收入.xlsx", wps_bytes(rows)
    folder = "202602/收集数据/数据采集/"
    rows = [
        performance_sheet(202602, 208, seed="2602", last=38_107),
        income_sheet(202602, 143, seed="2602", last=14_350, fees=False),
    ]
    yield folder + report.format("26年2月", "0306"), wps_bytes(rows)
    yield folder + report.format("回复 26年2月", "0307"), wps_bytes([income_sheet(202602, 8, seed="回复")])
    folder = "202602/收集数据/业务收集/"
    ledger = wps_bytes([*ledger_sheets(202602, 202601)])
    yield folder + "台账登记.xlsx", ledger
    yield folder + "【截至2月汇总】26年企年受托投资中标流失清单 20260305.xlsx", ledger


def companies_csv() -> str:
    """The known companies, as `fetch-index` takes them."""
    return "".join(f"{','.join(line)}\n" for line in (("kind", "key", "company_id"), *companies()))


def other_files() -> Iterator[tuple[str, bytes]]:
    """What also lies in such folders, and is not to be read."""
    owner = "审核员"
    yield "~$2024年12月受托业绩报告.xlsx", bytes([len(owner)]) + owner.encode("utf-16-le").ljust(164, b" ")
    scales: list[list[Value]] = [["计划代码", "年金规模"], ["P0001", Decimal("1250000.00")]]
    yield "2024年11月年金规模.xlsx", xlsx_bytes(scales, 1, sheet="年金规模")
    yield "说明.txt", "各公司每月十五日前报送上月受托业绩。\n".encode()


def write_samples(folder: Path) -> list[Path]:
    """Write every sample below ``folder``, replacing what is there under these names; the paths written, in order."""
    contents = [(sample.path, workbook_bytes(sample)) for sample in SAMPLES]
    written = []
    for name, data in (*contents, *annuity_workbooks(), *other_files()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        written.append(path)
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    for path in write_samples(parser.parse_args().folder):
        print(path)


if __name__ == "__main__":
    main()
