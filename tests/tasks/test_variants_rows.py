"""Monthly reports with rows that are no records, through a whole plan: read right, or refused with the cell in doubt.

Each is a report as providers send it. None may be planned with a wrong value and without a word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import openpyxl
import orjson
import pytest
from openpyxl.styles import Font

from tests.fixtures.runs import HEADERS, Office
from tests.workbooks import Value

NAME = "2024年11月受托业绩报告.xlsx"
Row = Sequence[Value]

A: Row = [2024, 11, "P0001", "C01", 0.0512, 1.2345, 1234567.89]
B: Row = [2024, 11, "P0002", "C01", -0.01, 0.9876, 2345678.9]
C: Row = [2024, 11, "P0003", "C02", None, 1, 500000]
RECORDS: dict[str, list[str | None]] = {
    "P0001": ["2024-11-01", "C01", "0.051200", "1.2345", "1234567.89"],
    "P0002": ["2024-11-01", "C01", "-0.010000", "0.9876", "2345678.90"],
    "P0003": ["2024-11-01", "C02", None, "1.0000", "500000.00"],
}
SUM, BY_C01 = 4080246.79, 3580246.79


def at(**cells: Value) -> Row:
    """A row with a few filled cells, by column."""
    return [cells.get(letter) for letter in "ABCDEFGHIJ"]


@dataclass(frozen=True)
class Report:
    """A sheet from its first row on. Rows that are ``aside`` are counted; what is ``refused`` names these cells."""

    rows: Sequence[Row]
    aside: int = 0
    totals: int = 0
    refused: Sequence[str] = ()
    struck: Sequence[str] = ()
    formats: Mapping[str, str] = field(default_factory=dict)
    scaled: int = 1

    def write(self, office: Office) -> None:
        """The workbook, in the folder that is looked through."""
        book = openpyxl.Workbook()
        page = book.worksheets[0]
        page.title = "受托业绩"
        for row in self.rows:
            page.append(list(row))
        for place in self.struck:
            page[place].font = Font(strike=True)
        for place, code in self.formats.items():
            page[place].number_format = code
        book.save(office.data / NAME)


TITLE: Row = at(A="2024年11月受托业绩报告")
READ: dict[str, Report] = {
    "a total below": Report([HEADERS, A, B, C, at(A="合计", G=SUM)], totals=1),
    "a total with a colon below a blank row": Report([HEADERS, A, B, C, at(), at(A="合计：", G=SUM)], totals=1),
    "a total in the column of plans, year and month filled": Report(
        [HEADERS, A, B, C, [2024, 11, "合 计", None, None, None, SUM]], totals=1
    ),
    "a total with dashes for all other codes": Report(
        [HEADERS, A, B, C, [2024, 11, "总计", "-", "-", "-", SUM]], totals=1
    ),
    "a total of all": Report([HEADERS, A, B, C, [2024, 11, "合计", "全部", None, None, SUM]], totals=1),
    "an average and a total": Report([HEADERS, A, B, C, at(A="加权平均", E=0.03), at(A="合计", G=SUM)], totals=2),
    "subtotals by company": Report(
        [HEADERS, A, B, at(C="C01小计", G=BY_C01), C, at(C="C02小计", G=500000), at(C="总计", G=SUM)], totals=3
    ),
    "subtotals in both columns of codes": Report(
        [HEADERS, A, B, at(C="小计", D="小计", G=BY_C01), C, at(C="合计", D="合计", G=SUM)], totals=2
    ),
    "a total above the rows": Report([HEADERS, at(A="合计", G=SUM), A, B, C], totals=1),
    "totals in two languages": Report([HEADERS, A, B, C, at(A="合计/Total", G=SUM)], totals=1),
    "a total in full-width letters": Report([HEADERS, A, B, C, at(C="ＴＯＴＡＬ", G=SUM)], totals=1),
    "the year so far": Report([HEADERS, A, B, C, at(A="本月合计", G=SUM), at(A="本年累计", G=9 * SUM)], totals=2),
    "a page's subtotal and header": Report(
        [HEADERS, A, B, at(A="本页小计", G=BY_C01), HEADERS, C, at(A="本页小计", G=500000)], aside=1, totals=2
    ),
    "titles on every page": Report([TITLE, HEADERS, A, at(), TITLE, at(G="第2页"), HEADERS, B, C], aside=3),
    "headers on pages, in another width": Report(
        [HEADERS, A, [f"{text} " for text in HEADERS], B, ["年", " 月", "计划代码", "公司 代码", *HEADERS[4:]], C],
        aside=2,
    ),
    "a unit on every page": Report(
        [at(G="单位：万元"), HEADERS, A, B, at(G="单位：万元"), HEADERS, C], aside=2, scaled=10_000
    ),
    "a row of units on every page": Report(
        [HEADERS, at(E="-", F="元", G="万元"), A, B, HEADERS, at(E="-", F="元", G="万元"), C], aside=2, scaled=10_000
    ),
    "headings of groups": Report([HEADERS, at(A="一、企业年金"), A, B, at(A="二、职业年金"), C], aside=2),
    "headings with brackets in the column of plans": Report(
        [HEADERS, at(C="（一）单一计划"), A, B, at(C="（二）集合计划"), C], aside=2
    ),
    "headings, subtotals and a total": Report(
        [
            HEADERS,
            at(A="一、单一计划"),
            A,
            B,
            at(A="小计", G=BY_C01),
            at(A="二、集合计划"),
            C,
            at(A="小计", G=500000),
            at(A="合计", G=SUM),
        ],
        aside=2,
        totals=3,
    ),
    "headings below blank rows": Report([HEADERS, A, B, at(), at(A="职业年金"), C], aside=1),
    "a note": Report([HEADERS, A, B, C, at(A="注：本表数据未经审计。")], aside=1),
    "notes in a list": Report(
        [HEADERS, A, B, C, at(A="说明："), at(A="1、规模为期末数；"), at(A="2、净值为单位净值。")], aside=3
    ),
    "a note below a blank row": Report([HEADERS, A, B, C, at(), at(A="以上数据来自托管行")], aside=1),
    "a note beside the table's end": Report([HEADERS, A, B, C, at(), at(E="数据截至月末")], aside=1),
    "a signature": Report([HEADERS, A, B, C, at(), at(A="制表人：", B="张三", D="复核人：", E="李四")], aside=1),
    "signatures in one cell": Report([HEADERS, A, B, C, at(A="制表：张三    复核：李四    日期：2024-12-03")], aside=1),
    "a date of signing": Report([HEADERS, A, B, C, at(F="填表日期：", G=datetime(2024, 12, 3))], aside=1),
    "a seal and a page number": Report([HEADERS, A, B, C, at(E="甲公司（盖章）"), at(D="第1页，共1页")], aside=2),
    "all of it": Report(
        [
            *(TITLE, at(), HEADERS, at(A="一、单一计划"), A, B, at(C="小计", G=BY_C01), at()),
            *(at(A="2024年11月受托业绩报告（续）"), HEADERS, at(A="二、集合计划"), C, at(C="小计", G=500000)),
            *(at(C="合计", D="-", G=SUM), at(), at(A="注：未经审计"), at(A="制表人：张三", F="日期：", G="2024-12-03")),
        ],
        aside=6,
        totals=3,
    ),
    "a count of the rows": Report([HEADERS, A, B, C, at(A="共3条记录")], aside=1),
    "the end": Report([HEADERS, A, B, C, at(C="——以下空白——")], aside=1),
    "a line of dashes": Report(
        [HEADERS, A, B, C, at(A="——", B="——", C="——", D="——", G="——"), at(A="合计", G=SUM)], aside=1, totals=1
    ),
    "a total in traditional characters": Report([HEADERS, A, B, C, at(C="合計", D="小計", G=SUM)], totals=1),
    "a header on every page without its row of units": Report(
        [HEADERS, at(F="元", G="万元"), A, B, HEADERS, C], aside=1, scaled=10_000
    ),
    "pages in Chinese numbers": Report([HEADERS, A, at(D="第一页"), HEADERS, B, C, at(D="第二页")], aside=3),
    "a struck figure": Report([HEADERS, A, B, C], struck=["G3"]),
    "a remark that speaks of totals": Report(
        [[*HEADERS, "备注"], [*A, "已汇总"], [*B, "与上月合计一致"], [*C, "小计"]]
    ),
    "a total in a column that is not read": Report(
        [["序号", *HEADERS], [1, *A], [2, *B], [3, *C], ["合计", *at(G=SUM)[:7]]], totals=1
    ),
}
REFUSED: dict[str, Report] = {
    "a company's subtotal beside its code": Report(
        [HEADERS, A, B, [2024, 11, "小计", "C01", None, None, BY_C01], C], refused=["C4"]
    ),
    "a subtotal of the company beside the plan": Report(
        [HEADERS, A, [2024, 11, "P0001", "小计", None, None, 1], B, C], refused=["D3"]
    ),
    "TOTAL as a plan": Report([HEADERS, A, B, C, [2024, 11, "TOTAL", "C01", 0.01, 1, SUM]], refused=["C5"]),
    "an of which as a plan": Report([HEADERS, A, B, C, [2024, 11, "其中：P0003", "C02", 0.01, 1, 1]], refused=["C5"]),
    "another unit below a page's header": Report(
        [HEADERS, at(F="元", G="万元"), A, B, HEADERS, at(G="元"), C], refused=["G6"]
    ),
    "a row of growth": Report([HEADERS, A, B, C, at(A="同比", E=0.1, G=5)], refused=["A5"]),
    "a count in the total": Report([HEADERS, A, B, C, at(A="合计", C=3, G=SUM)], refused=["A5"]),
    "figures without a word": Report([HEADERS, A, B, C, at(G=SUM)], refused=["C5"]),
    "all as a plan": Report([HEADERS, A, B, C, [2024, 11, "全部", "C01", 0.01, 1, SUM]], refused=["C5"]),
    "a dash as a plan": Report([HEADERS, A, B, C, [2024, 11, "—", "C01", 0.01, 1, SUM]], refused=["C5"]),
    "nothing as a company": Report([HEADERS, A, B, C, [2024, 11, "P0004", "暂无", 0.01, 1, 1]], refused=["D5"]),
    "a heading without a sign": Report([HEADERS, A, at(A="职业年金"), B, C], refused=["A3"]),
    "a heading with a sum": Report([HEADERS, at(A="一、单一计划", G=BY_C01), A, B, C], refused=["A2", "C2", "D2"]),
    "last month's table below": Report(
        [
            HEADERS,
            A,
            B,
            C,
            at(),
            at(A="上月"),
            ["计划代码", "公司代码", "年", "月", *HEADERS[4:]],
            ["P1", "C1", 2024, 10, 0.1, 1, 1],
        ],
        refused=["A1", "A7"],
    ),
    "a table of another unit below": Report(
        [HEADERS, A, B, at(), [*HEADERS[:6], "规模(万元)"], C], refused=["A1", "A5"]
    ),
    "a table of unknown names below": Report(
        [HEADERS, A, B, C, at(), at(A="年份", B="月份", C="户数", D="人数"), [2024, 11, 12, 340]], refused=["A1", "A6"]
    ),
    "a summary that is a table above": Report([HEADERS[:4], A[:4], at(), HEADERS, A, B, C], refused=["A1", "A4"]),
    "another unit over a group": Report([HEADERS, A, at(A="二、职业年金（单位：万元）"), B, C], refused=["A3"]),
    "a year that is blank": Report([HEADERS, A, [None, 11, *B[2:]], C], refused=["A3"]),
    "last month's rows stacked below": Report(
        [HEADERS, A, B, C, [2024, 10, *A[2:]], [2024, 10, *B[2:]]], refused=["2024-10"]
    ),
    "a number and a text of the same code": Report(
        [HEADERS, [2024, 11, "0123", *A[3:]], [2024, 11, 123, *B[3:]], C], refused=["C2", "C3"]
    ),
    "a second header with a figure below": Report(
        [HEADERS, at(A="口径", B="口径", C="代码", D="代码"), A, B, C], refused=["A2"]
    ),
}


def test_there_are_enough_of_them() -> None:
    assert len(READ) + len(REFUSED) >= 30
    assert len(REFUSED) <= len(READ)


@pytest.mark.parametrize("name", READ)
def test_a_report_is_read_as_a_person_sees_it(office: Office, name: str) -> None:
    report = READ[name]
    report.write(office)
    done = office.call()
    assert done.outcome == "planned", done.out
    (document,) = office.processed().values()
    records = {record[1]: [record[0], *record[2:6]] for record in document["records"]}
    assert len(document["records"]) == len(RECORDS)
    wanted = {plan: list(values) for plan, values in RECORDS.items()}
    for values in wanted.values():
        values[-1] = f"{report.scaled * round(float(values[-1] or 0) * 100) / 100:.2f}"
    assert records == wanted
    (file,) = office.plan().files
    assert (file.set_aside_rows, file.totals_rows, file.rejects) == (report.aside, report.totals, 0)
    assert file.rows_read == file.records + file.blank_rows + file.totals_rows + file.set_aside_rows
    assert len(file.set_aside) == report.aside + report.totals
    assert orjson.dumps([w.code for w in office.plan().warnings]).count(b"totals_mismatch") == 0


@pytest.mark.parametrize("name", REFUSED)
def test_a_report_in_doubt_is_refused_with_its_cells(office: Office, name: str) -> None:
    report = REFUSED[name]
    report.write(office)
    done = office.call()
    assert done.outcome in ("blocked", "failed"), done.out
    assert [cell for cell in report.refused if f"{cell} " not in done.out and f"{cell}:" not in done.out] == []
    assert "Traceback" not in done.out + done.err
