"""Sheets as providers send them, with headers, merges, sheets and units of all kinds, through a whole plan.

Each is read right, to the last figure, or refused with the cell in doubt; none is read silently wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from openpyxl.comments import Comment

import workflows
from tests.fixtures.reading import SHIPPED, records_of
from tests.workbooks import HEADERS, Value
from workflows.errors import WorkbookError
from workflows.plan.model import Plan
from workflows.records.documents import merged_file
from workflows.runs.choosing import catalogue
from workflows.settings import get_settings

Rows = Sequence[Sequence[Value]]
NO: Value = None


@dataclass(frozen=True)
class Page:
    """A sheet of a workbook; ``merged`` ranges, ``hidden`` columns, ``formats`` and ``comments`` by cell."""

    rows: Rows
    name: str = "受托业绩"
    merged: str = ""
    hidden: str = ""
    formats: Mapping[str, str] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
    state: str = "visible"


@dataclass(frozen=True)
class Variant:
    """A workbook, what the catalogue says of it, and what is to come of it.

    ``records`` are (plan, company, rate, value, scale), of November 2024 each; ``rejects`` are (cell, code);
    ``refused`` is what the refusal says.
    """

    pages: Sequence[Page]
    records: Sequence[tuple[str | None, ...]] = ()
    rejects: Sequence[tuple[str, str]] = ()
    refused: str = ""
    entry: Mapping[str, Any] = field(default_factory=dict)


def row(plan: str = "P1", scale: Value = 100.0, rate: Value = 0.05) -> list[Value]:
    return [2024, 11, plan, "C1", rate, 1.25, scale]


def said(plan: str = "P1", scale: str | None = "100.00", rate: str | None = "0.050000") -> tuple[str | None, ...]:
    return (plan, "C1", rate, "1.2500", scale)


NAMES: list[Value] = list(HEADERS)
TABLE: list[list[Value]] = [NAMES, row("P1"), row("P2", 200.0)]
BOTH = [said("P1"), said("P2", "200.00")]
TOP: list[Value] = ["年", "月", "计划代码", "公司代码", "业绩", NO, NO]
BOTTOM: list[Value] = [NO, NO, NO, NO, "收益率", "净值", "规模"]
MERGED_TOP = "A1:A2 B1:B2 C1:C2 D1:D2 E1:G1"


def one(*rows: Sequence[Value], **around: Any) -> list[Page]:
    return [Page(rows, **around)]


VARIANTS: dict[str, Variant] = {
    # Headers of several rows
    "two rows, merged": Variant(one(TOP, BOTTOM, *TABLE[1:], merged=MERGED_TOP), BOTH),
    "two rows, only the group merged": Variant(one(TOP, BOTTOM, *TABLE[1:], merged="E1:G1"), BOTH),
    "two rows, nothing merged": Variant(one(TOP, BOTTOM, *TABLE[1:]), BOTH),
    "two rows below a merged title": Variant(
        one(["2024年11月受托业绩报告"], TOP, BOTTOM, *TABLE[1:], merged="A1:G1 A2:A3 B2:B3 C2:C3 D2:D3 E2:G2"), BOTH
    ),
    "three rows with units": Variant(
        one(
            ["受托业绩"],
            TOP,
            BOTTOM,
            ["-", "-", "-", "-", "%", "元", "万元"],
            row("P1", 100.0, 5.0),
            merged="A1:G1 E2:G2",
        ),
        [said("P1", "1000000.00")],
    ),
    "a group with a unit": Variant(
        one(
            ["年", "月", "计划代码", "公司代码", "收益率", "净值", "资产情况（万元）", NO],
            [*[NO] * 6, "规模", "备注"],
            [*row("P1"), "x"],
            merged="A1:A2 B1:B2 C1:C2 D1:D2 E1:E2 F1:F2 G1:H1",
        ),
        [said("P1", "1000000.00")],
    ),
    "names merged over two rows each": Variant(
        one(NAMES, [], row("P1"), merged=" ".join(f"{letter}1:{letter}2" for letter in "ABCDEFG")), [said()]
    ),
    "group headings above whole names": Variant(
        one(["基本信息", NO, NO, NO, "业绩指标", NO, NO], *TABLE, merged="A1:D1 E1:G1"), BOTH
    ),
    "this period and the last": Variant(
        one(
            [*NAMES[:4], "净值", "本期", NO, "上期", NO],
            [*[NO] * 5, "收益率", "规模", "收益率", "规模"],
            [2024, 11, "P1", "C1", 1.25, 0.05, 100.0, 0.04, 90.0],
            merged="A1:A2 B1:B2 C1:C2 D1:D2 E1:E2 F1:G1 H1:I1",
        ),
        [said()],
    ),
    "only the last period": Variant(
        one(
            [*NAMES[:4], "净值", "上年同期", NO],
            [*[NO] * 5, "收益率", "规模"],
            [2024, 11, "P1", "C1", 1.25, 0.04, 90.0],
            merged="F1:G1",
        ),
        refused="F2 '收益率' below '上年同期' looks like it",
    ),
    "a scale that is divided": Variant(
        one(
            [*NAMES[:6], "规模", NO],
            [*[NO] * 6, "期初", "期末"],
            [*row("P1", 90.0), 100.0],
            merged="A1:A2 B1:B2 C1:C2 D1:D2 E1:E2 F1:F2 G1:H1",
        ),
        refused="G2 '期初' below '规模' looks like it",
    ),
    "a scale that is divided and named": Variant(
        one(
            [*NAMES[:6], "规模", NO],
            [*[NO] * 6, "期初", "期末"],
            [*row("P1", 90.0), 100.0],
            merged="A1:A2 B1:B2 C1:C2 D1:D2 E1:E2 F1:F2 G1:H1",
        ),
        [said()],
        entry={"headers": {"fund_scale": ["期末规模"]}},
    ),
    "two kinds of scale": Variant(
        one(
            [*NAMES[:4], "A类", NO, "B类", NO],
            [*[NO] * 4, "收益率", "规模", "净值", "规模"],
            [2024, 11, "P1", "C1", 0.05, 1.0, 1.25, 2.0],
            merged="E1:F1 G1:H1",
        ),
        refused="columns F '规模' and H '规模' of sheet '受托业绩' both name fund_scale",
    ),
    "a number in the second row of the header": Variant(
        one(TOP, [NO, 1, NO, NO, "收益率", "净值", "规模"], *TABLE[1:]), refused="B2 is neither a name nor a unit"
    ),
    "a header merged into its data": Variant(one(*TABLE, merged="A1:A3"), refused="B2 is neither a name"),
    "a name over two columns": Variant(
        one([*NAMES[:6], "规模", NO], [*row("P1", 1.0), 2.0], merged="G1:H1"), refused="G1:H1 names 2 columns"
    ),
    "a header in row 70": Variant(one(*([[]] * 69), *TABLE), BOTH),
    "a header below a long preface": Variant(one(*[[f"说明第{i}条"] for i in range(80)], *TABLE), BOTH),
    # Merged cells and blanks going down
    "months and companies merged": Variant(
        one(NAMES, row("P1"), [NO, NO, "P2", NO, 0.05, 1.25, 200.0], merged="A2:A3 B2:B3 D2:D3"), BOTH
    ),
    "one month merged over all, with a total": Variant(
        one(
            ["年月", *NAMES[2:]],
            ["2024年11月", *row("P1")[2:]],
            [NO, *row("P2", 200.0)[2:]],
            [NO, "合计", NO, NO, NO, 300.0],
            merged="A2:A4",
        ),
        BOTH,
    ),
    "an amount merged over two plans": Variant(
        one(NAMES, row("P1"), [*row("P2")[:6], NO], merged="G2:G3"),
        rejects=[("G2", "merged_amount"), ("G3", "merged_amount")],
    ),
    "each record in two rows": Variant(
        one(
            NAMES,
            row("P1"),
            [],
            row("P2", 200.0),
            [],
            merged=" ".join(f"{c}{r}:{c}{r + 1}" for c in "ABCDEFG" for r in (2, 4)),
        ),
        BOTH,
    ),
    "figures merged across": Variant(
        one(NAMES, [*row("P1")[:5], 1.25, NO], merged="F2:G2"), refused="F2:G2 is merged over several columns"
    ),
    "a note merged below": Variant(one(*TABLE, ["注：规模单位为元"], [], merged="A4:G5"), BOTH),
    "months in the first row only": Variant(
        one(NAMES, row("P1"), [NO, NO, "P2", "C1", 0.05, 1.25, 200.0]), [said("P1")], rejects=[("B3", "missing_value")]
    ),
    "months in the first row only, as the catalogue says": Variant(
        one(NAMES, row("P1"), [NO, NO, "P2", "C1", 0.05, 1.25, 200.0]), BOTH, entry={"fill_down": ["report_date"]}
    ),
    "companies over their plans, with subtotals": Variant(
        one(
            NAMES,
            row("P1"),
            [2024, 11, "P2", NO, 0.05, 1.25, 200.0],
            [NO, NO, "小计", NO, NO, NO, 300.0],
            [2024, 11, "P3", NO, 0.05, 1.25, 100.0],
        ),
        [*BOTH, said("P3")],
        entry={"fill_down": ["company_code"]},
    ),
    # Months
    "days of one month": Variant(one(["报告期", *NAMES[2:]], ["2024年11月1日-2024年11月30日", *row()[2:]]), [said()]),
    "days of two months": Variant(
        one(["报告期", *NAMES[2:]], ["2024年10月1日-2024年11月30日", *row()[2:]]), rejects=[("A2", "several_months")]
    ),
    "a number as it is shown": Variant(
        one(["年月", *NAMES[2:]], [2024.11, *row()[2:]], formats={"A2": "0.00"}), [said()]
    ),
    "a number that may be January": Variant(
        one(["年月", *NAMES[2:]], [2024.1, *row()[2:]]), rejects=[("A2", "ambiguous_month")]
    ),
    "the month in the title": Variant(one(["2024年11月受托业绩"], NAMES[2:], row()[2:]), [said()]),
    "the month beside its name": Variant(one(["报告期：", datetime(2024, 11, 30)], NAMES[2:], row()[2:]), [said()]),
    "another month in the title": Variant(
        one(["2024年10月受托业绩"], NAMES[2:], row()[2:]),
        refused="A1 '2024年10月受托业绩' 2024-10, and the file's name 2024-11",
    ),
    "no month at all": Variant(one(["受托业绩"], NAMES[2:], row()[2:]), refused="missing report_date"),
    # Names
    "a qualified name that nobody declared": Variant(
        one([*NAMES[:6], "期末规模(万元)"], row()),
        refused="G1 '期末规模\\(万元\\)' looks like it.*fund_scale: \\[期末规模\\]",
    ),
    "a qualified name that the catalogue knows": Variant(
        one([*NAMES[:4], "本期收益率(%)", "净值", "期末规模（万元）"], row(rate=5.0)),
        [said(scale="1000000.00")],
        entry={"headers": {"fund_scale": ["期末规模"], "return_rate": ["本期收益率"]}},
    ),
    "the first of the month beside its end": Variant(
        one([*NAMES[:6], "期初规模", "期末规模"], [*row("P1", 90.0), 100.0]),
        [said()],
        entry={"headers": {"fund_scale": ["期末规模"]}},
    ),
    "the unit behind the name": Variant(one([*NAMES[:6], "规模_元"], row()), [said()]),
    "the unit in English": Variant(one([*NAMES[:6], "规模(RMB million)"], row()), [said(scale="100000000.00")]),
    "millions of nothing": Variant(
        one([*NAMES[:6], "规模(million)"], row()), refused="column G .*'million' does not fit"
    ),
    "a name spread over lines": Variant(one([*NAMES[:6], "规模\n（ 万元 ）"], row()), [said(scale="1000000.00")]),
    # Columns
    "a hidden old column": Variant(one([*NAMES, "规模"], [*row("P1", 1.0), 100.0], hidden="G"), [said()]),
    "the only scale hidden": Variant(one(NAMES, row(), hidden="G"), refused="G1 '规模' is hidden"),
    "the plan's column hidden": Variant(one(NAMES, row(), hidden="C"), refused="missing plan_code"),
    "remarks without a name": Variant(one(NAMES, [*row("P1"), "已核对"], row("P2", 200.0)), BOTH),
    "numbers without a name": Variant(one(NAMES, [*row("P1"), 3.0]), refused="H1 in the header row is blank.*H2"),
    "a number before the names": Variant(
        one([NO, *NAMES], [1, *row("P1")]), refused="A1 in the header row is blank.*A2"
    ),
    "a title of the year in the middle": Variant(
        one([NO, NO, "2024年11月累计受托业绩报告", NO, NO, NO, "单位：万元"], NAMES, row()), [said(scale="1000000.00")]
    ),
    "a title of the year merged over nearly all": Variant(one(["序号", *NAMES], ["1", *row()], merged=""), [said()]),
    "a merged title of the year beside a number": Variant(
        one([NO, "2024年累计受托业绩"], ["序号", *NAMES], ["1", *row()], merged="B1:H1"), [said()]
    ),
    "amounts as texts without a name": Variant(
        one(NAMES, [*row("P1"), "1.2亿"]), refused="H1 in the header row is blank.*H2"
    ),
    # Sheets
    "a cover first": Variant([Page([["受托业绩报告"], ["2024年11月"]], "封面"), Page(TABLE)], BOTH),
    "a hidden older version first": Variant([Page([NAMES, row("OLD")], "旧", state="hidden"), Page(TABLE)], BOTH),
    "a very hidden older version first": Variant(
        [Page([NAMES, row("OLD")], "旧", state="veryHidden"), Page(TABLE)], BOTH
    ),
    "a second table": Variant(
        [Page(TABLE, "受托业绩"), Page([NAMES, row("P3")], "补充")],
        refused="'受托业绩' .header row 1., '补充' .header row 1.",
    ),
    "a second table, and which is said": Variant(
        [Page(TABLE, "受托业绩"), Page([NAMES, row("P3")], "补充")], BOTH, entry={"sheet": "受托业绩"}
    ),
    "an excerpt beside all": Variant([Page([NAMES, row("P2", 200.0)], "节选"), Page(TABLE)], BOTH),
    "the same in 万元": Variant(
        [Page([["单位：万元"], *TABLE], "万元版"), Page(TABLE, "元版")], refused="'万元版' .* '元版'"
    ),
    "the same in 万元, rightly": Variant(
        [Page([["单位：万元"], NAMES, row("P1", 0.01), row("P2", 0.02)], "万元版"), Page(TABLE, "元版")], BOTH
    ),
    "a list of plans beside the figures": Variant([Page([NAMES[:4], row("P9")[:4]], "清单"), Page(TABLE)], BOTH),
    "a summary by company": Variant([Page([["公司", "规模"], ["甲公司", 300.0]], "汇总"), Page(TABLE)], BOTH),
    # Units beside all that
    "a unit in the title above two rows": Variant(
        one(["受托业绩", *[NO] * 5, "单位：万元"], TOP, BOTTOM, row("P1"), merged="A2:A3 B2:B3 C2:C3 D2:D3 E2:G2"),
        [said(scale="1000000.00")],
    ),
    "a unit in a comment of a lower name": Variant(
        one(TOP, BOTTOM, row("P1"), merged=MERGED_TOP, comments={"G2": "单位：万元"}), [said(scale="1000000.00")]
    ),
    "two units for one column": Variant(
        one(TOP, [*BOTTOM[:6], "规模(万元)"], ["-", "-", "-", "-", "-", "-", "亿元"], row("P1"), merged=MERGED_TOP),
        refused="G2 '规模\\(万元\\)' says 万元, and G3 '亿元' says 亿元",
    ),
    "a column of units merged down": Variant(
        one([*NAMES, "单位"], [*row("P1"), "万元"], [*row("P2", 200.0), NO], merged="H2:H3"),
        [said("P1", "1000000.00"), said("P2", "2000000.00")],
    ),
}


def write(path: Path, pages: Sequence[Page]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for page in pages:
        sheet = book.create_sheet(page.name)
        for cells in page.rows:
            sheet.append(list(cells))
        for where in page.merged.split():
            sheet.merge_cells(where)
        for letter in page.hidden:
            sheet.column_dimensions[letter].hidden = True
        for where, code in page.formats.items():
            sheet[where].number_format = code
        for where, text in page.comments.items():
            sheet[where].comment = Comment(text, "甲")
        sheet.sheet_state = page.state
    book.active = next(i for i, page in enumerate(pages) if page.state == "visible")
    book.save(path)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose settings are this process's."""
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("WDH_DATA_BASE_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("WDH_OUTPUT_DIR", str(tmp_path / "output"))
    monkeypatch.setenv("WDH_DATA_SOURCES_CONFIG", str(tmp_path / "data_sources.yml"))
    get_settings.cache_clear()
    catalogue.cache_clear()
    yield tmp_path
    get_settings.cache_clear()
    catalogue.cache_clear()


def planned(office: Path, variant: Variant) -> Plan:
    entry = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    entry["domains"]["trustee_performance"] |= dict(variant.entry)
    (office / "data_sources.yml").write_text(yaml.safe_dump(entry, allow_unicode=True), encoding="utf-8")
    write(office / "data" / "2024年11月受托业绩报告.xlsx", variant.pages)
    return workflows.plan("trustee_performance")


@pytest.mark.parametrize("name", VARIANTS)
def test_a_sheet_is_read_right_or_refused_with_its_cell(office: Path, name: str) -> None:
    variant = VARIANTS[name]
    if variant.refused:
        with pytest.raises(WorkbookError, match=re.compile(variant.refused, re.DOTALL)) as raised:
            planned(office, variant)
        assert re.search(r"xlsx: .*[\u4e00-\u9fff].* / .*[a-z]", str(raised.value))
        return
    document = merged_file(office / "output" / planned(office, variant).records_file)
    fields = ("plan_code", "company_code", "return_rate", "net_asset_value", "fund_scale")
    records = [tuple(record[field] for field in fields) for record in records_of(document)]
    assert sorted(records, key=str) == sorted(variant.records, key=str)
    assert {record["report_date"] for record in records_of(document)} <= {"2024-11-01"}
    assert [(found.place, found.code) for found in document.rejects] == list(variant.rejects)


def test_most_of_them_are_read() -> None:
    refused = [name for name, variant in VARIANTS.items() if variant.refused]
    # Sheets whose meaning nobody can tell are half of what there is to show here.
    assert len(refused) <= len(VARIANTS) * 2 / 5
