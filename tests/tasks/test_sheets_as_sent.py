"""More monthly sheets as people send them, through a whole plan: read to the last figure, or refused with the cell.

They were written by somebody who had not read the reader. None may be planned with a wrong value.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment

from tests.fixtures.reading import records_of
from tests.fixtures.runs import HEADERS, Office
from tests.workbooks import Value, part_of, with_parts, xls
from workflows.records.documents import merged_file

NAME = "2024年11月受托业绩报告"
SHEET = "xl/worksheets/sheet1.xml"
Row = Sequence[Value]
NAMES: Row = HEADERS
FRACTIONS: list[list[Value]] = [
    [2024, 11, "P0001", "C01", 0.0512, 1.2345, 12345.67],
    [2024, 11, "P0002", "C01", -0.01, 0.9876, 23456.5],
    [2024, 11, "P0003", "C02", 0.03, 1.1, 5000],
]
POINTS: list[list[Value]] = [[*row[:4], rate, *row[5:]] for row, rate in zip(FRACTIONS, (5.12, -1, 3), strict=True)]
TEN_THOUSAND, MILLION, HUNDRED_MILLION = 10**4, 10**6, 10**8


@dataclass(frozen=True)
class Sent:
    """A workbook's first sheet; what it says is ``FRACTIONS`` with scales times ``scale``, or it is ``refused``."""

    rows: Sequence[Row]
    scale: int = 1
    refused: str = ""
    merged: str = ""
    formats: Mapping[str, str] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
    name: str = "受托业绩"

    def written(self) -> bytes:
        """As openpyxl writes it."""
        book = openpyxl.Workbook()
        page = book.worksheets[0]
        page.title = self.name
        for row in self.rows:
            page.append(list(row))
        for where in self.merged.split():
            page.merge_cells(where)
        for where, code in self.formats.items():
            for (cell,) in page[where]:
                cell.number_format = code
        for where, text in self.comments.items():
            page[where].comment = Comment(text, "甲")
        written = io.BytesIO()
        book.save(written)
        return written.getvalue()


def titled(text: str, scale: int = 1, rows: Sequence[Row] = FRACTIONS, refused: str = "") -> Sent:
    """A title and, at the right end below it, what is said of units."""
    return Sent([["2024年11月受托业绩报告"], [*[None] * 5, text], NAMES, *rows], scale, refused)


def below(*rows: Row, **more: Any) -> Sent:
    return Sent([NAMES, *FRACTIONS, *rows], **more)


def a_total(word: str, column: int = 0, company: Value = None) -> Row:
    cells: list[Value] = [None, None, None, company, None, None, 40802.17]
    if column:
        cells[:2] = [2024, 11]
    cells[column] = word
    return cells


def dated(month: Value, **more: Any) -> Sent:
    return Sent([["报告期", *NAMES[2:]], *([month, *row[2:]] for row in FRACTIONS)], **more)


def headed(rate: str = "收益率", scale: str = "规模", rows: Sequence[Row] = FRACTIONS, times: int = 1) -> Sent:
    return Sent([[*NAMES[:4], rate, "净值", scale], *rows], times)


SENT: dict[str, Sent] = {
    # What a title says of units
    "a currency besides": titled("金额单位:万元 币种:人民币", TEN_THOUSAND),
    "spaces within the words": titled("单 位：万 元", TEN_THOUSAND),
    "as a sentence": titled("以下金额单位均为人民币万元", TEN_THOUSAND),
    "in brackets, in millions": titled("（以人民币百万元列示）", MILLION),
    "in English": titled("Unit: RMB million", MILLION),
    "beside a date": titled("2024年11月30日            单位：人民币亿元", HUNDRED_MILLION),
    "beside the organisation that reports": titled("报表单位：某公司　　　　金额单位：万元", TEN_THOUSAND),
    "an organisation alone": titled("报送单位：甲养老金管理公司"),
    "a limit that is mentioned": titled("报告范围：规模1000万元以上的计划"),
    "the unit of the price besides": titled("单位：万元（净值为元）", TEN_THOUSAND),
    "pieces between money and percent": titled("单位：人民币元、份、%", rows=POINTS),
    "pieces before money": titled("单位：家、亿元、％", HUNDRED_MILLION, POINTS),
    "pieces and no money": titled("单位：万份", refused="F2 '单位：万份'"),
    "a rate's percent sign without a colon": titled("单位：万元，收益率%", TEN_THOUSAND, POINTS),
    "in quotes": titled("单位：“万元”", TEN_THOUSAND),
    "behind a dash": titled("单位——万元", TEN_THOUSAND),
    "behind a slash": titled("单位/万元", TEN_THOUSAND),
    "in traditional characters": titled("單位：萬元", TEN_THOUSAND),
    "a figure as the unit": titled("单位：10,000元", refused="F2 '单位：10,000元'"),
    "one letter": titled("单位:W", refused="F2 '单位:W'"),
    "two at once": titled("单位:万元/元", refused="says 万元, and F2 '单位:万元/元' says 元"),
    "Hong Kong dollars": titled("单位：港币万元", refused="'港币万元'"),
    # Where else a unit stands
    "right of the header": Sent([[*NAMES, None, "单位：万元"], *FRACTIONS], TEN_THOUSAND),
    "right of the first row": Sent([NAMES, [*FRACTIONS[0], None, "单位：万元"], *FRACTIONS[1:]], TEN_THOUSAND),
    "right of the total": below([*a_total("合计"), None, "单位：万元"], scale=TEN_THOUSAND),
    "right below the rows": below([*[None] * 6, "单位：万元"], scale=TEN_THOUSAND),
    "in a total alone": below(a_total("合计（万元）"), refused="A5 '合计（万元）' says 万元"),
    "in a remark": Sent(
        [[*NAMES, "备注"], *([*r, "单位：万元"] for r in FRACTIONS)], refused="H2 '单位：万元' says 万元"
    ),
    "in the comment of a figure": below(comments={"G3": "单位：万元"}, refused="G3 '单位：万元' says 万元"),
    "in a comment of the title": Sent(
        [["受托业绩"], NAMES, *FRACTIONS], TEN_THOUSAND, comments={"A1": "金额单位：万元"}
    ),
    "in the sheet's name": below(scale=HUNDRED_MILLION, name="受托业绩-亿元"),
    "in a row of bracketed units": Sent(
        [NAMES, [*[None] * 4, "（%）", "（元/份）", "（万元）"], *POINTS], TEN_THOUSAND
    ),
    "in two cells": Sent([[*[None] * 5, "单位：", "万元"], NAMES, *FRACTIONS], TEN_THOUSAND),
    "in a note behind the signature": below(["制表人：张三"], ["注：规模单位为万元"], scale=TEN_THOUSAND),
    "behind the name": headed("收益率%", "规模【万元】", POINTS, TEN_THOUSAND),
    # Formats
    "ten thousands by a comma below a header in them": Sent(
        [[*NAMES[:6], "规模(万元)"], *FRACTIONS], formats={"G2:G4": "0!.0,"}
    ),
    "percent signs below a header with one": Sent(
        [[*NAMES[:4], "收益率(%)", *NAMES[5:]], *FRACTIONS], formats={"E2:E4": "0.00%"}
    ),
    "an M of English": below(formats={"G2:G4": '0.00,,"M"'}, refused="max_reject_ratio"),
    # Rows
    "a sum by another word": below(a_total("总额", 2)),
    "a sum by another word beside a company": below(a_total("总额", 2, "C01"), refused="totals_word"),
    "last year's figure beside a company": below(a_total("上年同期", 2, "C01"), refused="totals_word"),
    "the sign of a sum": below(a_total("Σ合计", 2, "-")),
    "all plans, of one company": below(a_total("全部计划", 2, "C01"), refused="totals_word"),
    "nothing follows": below(["（以下无正文）"]),
    "a seal and its date": below([], [*[None] * 5, "甲公司（盖章）"], [*[None] * 5, datetime(2024, 12, 5)]),
    "numbers of the columns": Sent([NAMES, [1, 2, 3, 4, 5, 6, 7], *FRACTIONS]),
    "letters of the columns": Sent([NAMES, [*"ABCDEFG"], *FRACTIONS]),
    "numbers of the columns in brackets": Sent([NAMES, [f"({i})" for i in range(1, 8)], *FRACTIONS]),
    "last month below": below([], NAMES, [2024, 10, "P0001", "C01", 0.04, 1.2, 1.0], refused="max_other_months"),
    "a summary of companies below": below([], ["公司代码", "规模"], ["C01", 35802.17], refused="A6 '公司代码'"),
    "side by side": Sent([[*NAMES, None, *NAMES], *([*r, None, *r] for r in FRACTIONS)], refused="both name"),
    # Headers and months
    "stars at what is to be filled in": Sent([[f"*{name}" for name in NAMES], *FRACTIONS]),
    "up to a day": dated("截至2024年11月30日"),
    "the end of a month": dated("2024年11月末"),
    "a range in one month": dated("2024年11月1日-30日"),
    "months of the year so far": dated("2024年1-11月", refused="invalid_month"),
    "a year's total return beside the month's": Sent(
        [[*NAMES[:4], "当月收益率", "累计收益率", *NAMES[5:]], *([*r[:5], 0.5, *r[5:]] for r in FRACTIONS)],
        refused="E1 '当月收益率'",
    ),
}


def said_by(office: Office, content: bytes, ending: str = "xlsx") -> tuple[str, list[tuple[Any, ...]]]:
    """What a plan of the workbook says, and its records; none of a run that is refused or blocked."""
    (office.data / f"{NAME}.{ending}").write_bytes(content)
    done = office.call()
    if done.outcome != "planned":
        found = " ".join(path.read_text(encoding="utf-8") for path in office.output.glob("plans/*/*/plan.json"))
        assert done.outcome in ("blocked", "failed")
        return done.out + done.err + found, []
    records = list(records_of(merged_file(office.output / office.plan().records_file)))
    assert {record["report_date"] for record in records} == {"2024-11-01"}
    fields = ("plan_code", "company_code", "return_rate", "net_asset_value", "fund_scale")
    return done.out, [tuple(record[each] for each in fields) for record in records]


def as_meant(scale: int) -> list[tuple[Any, ...]]:
    return [
        (plan, company, f"{rate:.6f}", f"{price:.4f}", f"{Decimal(str(money)) * scale:.2f}")
        for _year, _month, plan, company, rate, price, money in FRACTIONS
    ]


@pytest.mark.parametrize("name", SENT)
def test_a_sheet_that_somebody_sent_is_read_right_or_refused(office: Office, name: str) -> None:
    sent = SENT[name]
    said, records = said_by(office, sent.written())
    assert records == ([] if sent.refused else as_meant(sent.scale)), said
    assert sent.refused in said


def prefixed(content: bytes) -> bytes:
    """As .NET writes: each tag of the sheet with a prefix."""
    text = part_of(content, SHEET).decode()
    text = re.sub(r"<(/?)([A-Za-z]\w*)(?=[\s/>])", r"<\1x:\2", text).replace('xmlns="', 'xmlns:x="', 1)
    return with_parts(content, {SHEET: text.encode()})


def in_lines(content: bytes) -> bytes:
    """As programs write that indent, and JasperReports: a line break in and behind each tag."""
    text = re.sub(r"(</?(?:row|c|v|is|sheetData)\b[^>]*>)(?=<)", r"\1\n  ", part_of(content, SHEET).decode())
    return with_parts(content, {SHEET: text.replace("<worksheet ", "<worksheet\n").encode()})


def without_places(content: bytes) -> bytes:
    text = re.sub(r'(<(?:c|row)\b[^>]*?) r="[^"]*"', r"\1", part_of(content, SHEET).decode())
    return with_parts(content, {SHEET: text.encode()})


@pytest.mark.parametrize("change", [prefixed, in_lines, without_places, lambda content: prefixed(in_lines(content))])
def test_what_another_program_writes_says_the_same(office: Office, change: Callable[[bytes], bytes]) -> None:
    rows = [["单位：万元"], NAMES, *POINTS, a_total("合计"), ["制表人：张三"]]
    content = change(Sent(rows, formats={"E3:E5": '0.00"%"'}).written())
    assert said_by(office, content)[1] == as_meant(TEN_THOUSAND)


def test_an_old_workbook_of_two_header_rows_says_the_same(office: Office) -> None:
    top: Row = [*NAMES[:4], "业绩", None, None]
    rows = [top, [*[None] * 4, "收益率（%）", "净值", "规模（万元）"], *POINTS, a_total("合计")]
    content = xls(rows, merged=[*(f"{letter}1:{letter}2" for letter in "ABCD"), "E1:G1"])
    assert said_by(office, content, "xls")[1] == as_meant(TEN_THOUSAND)
