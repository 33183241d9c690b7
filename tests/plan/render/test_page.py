"""The page of a plan: complete, in the reviewer's order, escaped, small."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timezone
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.fixtures.plans import BLOCK, BRANCHES, a_plan, a_receipt, finding, plan_file, same_as_golden
from workflows.giving_back.problems import AnnotatedWorkbook, GivenBack
from workflows.plan.changes import CellChange, ChangeKind, Comparison, Effect, RowChange
from workflows.plan.model import Made, MonthlySum, PlanStep
from workflows.plan.render.page import render_page
from workflows.records.accounts import Override, Place, SheetColumn
from workflows.sources.selection import NotChosen

_GOLDEN = Path(__file__).parent / "golden"
_HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u202e\u0000" + "长" * 32_700
_DRAWN = {
    *("html", "head", "meta", "link", "title", "style", "body", "main", "header", "section", "span", "bdi", "h1", "h2"),
    *("h3", "p", "div", "br", "b", "i", "ul", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tfoot", "tr", "th"),
    *("td", "code", "pre", "details", "summary", "figure", "figcaption", "svg", "rect", "del", "ins", "a", "nav"),
}


class _Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name == "href" and tag == "a"}


def body(page: str) -> str:
    """The page below its style sheet."""
    return page.partition("</style>")[2]


def test_a_plans_page_is_as_it_was_last_looked_at() -> None:
    assert same_as_golden(_GOLDEN / "plan.html", body(render_page(a_plan(), "plan.json")))


def test_the_page_says_in_which_unit_a_column_was_read_and_which_cell_says_so() -> None:
    columns = {
        "fund_scale": SheetColumn(letter="G", header="规模", unit="万元", unit_from="A1", unit_text="单位：万元"),
        "other": SheetColumn(letter="H", header="份额", unit_from="column I", unit_text="单位"),
        "net_asset_value": SheetColumn(letter="F", header="净值"),
    }
    page = re.sub(r"<[^>]+>", "", render_page(a_plan(files=[plan_file(12, columns=columns)]), "plan.json"))
    assert "规模 万元 (A1 单位：万元), 份额" in page
    assert "(column I 单位)" in page
    assert "净值 (" not in page


def test_the_page_counts_what_rules_did_to_cells_by_field() -> None:
    page = render_page(a_plan(files=[plan_file(12, touched=(BRANCHES,))]), "plan.json")
    assert '<bdi>机构代码</bdi>: 1,200 × <span class="zh">按机构名称取机构代码</span>' in page


def test_a_receipts_page_is_as_it_was_last_looked_at() -> None:
    assert same_as_golden(_GOLDEN / "receipt.html", body(render_page(a_receipt(), "receipt.json")))


def test_the_sections_stand_in_the_order_in_which_a_reviewer_asks() -> None:
    ids = re.findall(r'<(?:section|header)[^>]* id="(\w+)"', render_page(a_plan(), "plan.json"))
    assert ids == ["outcome", "target", "files", "odd", "months", "signing", "steps", "fingerprints"]


def hostile_plan(count: int) -> str:
    """The page of a plan whose every text is hostile and as long as Excel allows, ``count`` entries in every list."""
    evil = finding(**dict.fromkeys(("file", "sheet", "header", "field", "value", "message"), _HOSTILE))
    file = plan_file(12, path=_HOSTILE, part=_HOSTILE, sheet=_HOSTILE, engine=_HOSTILE, engine_reason=_HOSTILE)
    place = Place(file=_HOSTILE, sheet=_HOSTILE, row=1)
    plan = a_plan(
        files=[file.altered(ignored_headers=(_HOSTILE,) * 30, notes=(_HOSTILE,) * 9)] * min(count, 20),
        not_selected=[NotChosen(path=_HOSTILE, reason=_HOSTILE)] * count,
        rejects=[evil] * count,
        warnings=[evil, replace(evil, code="totals_mismatch")] * count,
        overrides=[Override(key={"a": _HOSTILE}, winner=place, loser=place)] * count,
        blocked_by=[BLOCK.altered(message=_HOSTILE)],
        steps=[PlanStep(operation="insert", sql=_HOSTILE)] * 13,
        database=_HOSTILE,
        outcome="blocked",
    )
    return render_page(plan, "plan.json")


def test_nothing_from_a_workbook_becomes_an_element_or_an_attribute() -> None:
    found = _Tags(hostile_plan(1))
    assert found.tags <= _DRAWN
    assert not {name for name in found.attributes if name.startswith("on") or name == "src"}


def test_links_lead_to_files_below_the_output_folder_and_nowhere_else() -> None:
    workbook = AnnotatedWorkbook(file="a.xlsx", path="javascript:alert(1)//x.问题.xlsx")
    found = _Tags(render_page(a_plan(given_back=GivenBack(workbooks=(workbook,))), "plan.json", ["plan.sql"]))
    assert found.links == {
        "plan.json",
        "plan.sql",
        "../../../index.html",
        "../../../javascript%3Aalert%281%29//x.%E9%97%AE%E9%A2%98.xlsx",
    }


def test_a_plan_says_who_made_it_and_has_room_for_signatures_a_receipt_only_the_former() -> None:
    made = Made(at=datetime(2024, 12, 3, 9, 30, tzinfo=timezone.utc), by="王小明", host="desk-7")
    plan, receipt = (render_page(each.altered(made=made), "plan.json") for each in (a_plan(), a_receipt()))
    for page in (plan, receipt):
        assert re.search(r"2024-12-0\d \d\d:30 · <bdi>王小明</bdi> · <bdi>desk-7</bdi>", page)
    assert ['id="signing"' in page for page in (plan, receipt)] == [True, False]


@pytest.mark.parametrize(("kind", "old", "new"), [("added", None, "1234567.50"), ("removed", "1234567.50", None)])
def test_added_and_removed_rows_show_their_amounts_and_nothing_else(kind: ChangeKind, old: str, new: str) -> None:
    cells = [CellChange(field="fund_scale", old=old, new=new), CellChange(field="net_asset_value", old=old, new=new)]
    change = RowChange(kind=kind, key={"plan_code": "P1"}, cells=cells)
    sums = [MonthlySum(field="fund_scale", header="规模", months={})]
    comparison = Comparison(effect=Effect(added=1, changed=0, removed=0, unchanged=0), digest="d", changes=[change])
    page = re.sub(r"<[^>]+>", "", render_page(a_plan(sums=sums, comparison=comparison), "plan.json"))
    assert "规模 1,234,567.50" in page
    assert page.count("1,234,567.50") == 1


def test_unseen_characters_are_shown_by_their_number() -> None:
    page = hostile_plan(1)
    assert "\u202e" not in page
    assert "\x00" not in page
    assert "⟨U+202E⟩⟨U+0000⟩" in page


def test_a_value_as_long_as_a_cell_is_cut_and_its_rest_counted() -> None:
    page = render_page(a_plan(rejects=[finding(value="x" * 32_767)]), "plan.json")
    assert f"{'x' * 160}… (+32,607)" in page
    assert "x" * 161 not in page


def test_the_largest_page_stays_below_two_megabytes() -> None:
    assert len(hostile_plan(400).encode()) < 2_000_000


def test_a_list_beyond_the_cap_says_how_much_is_left_and_where_it_lies() -> None:
    page = render_page(a_plan(rejects=[finding()] * 1000, rejects_omitted=500), "plan.json")
    assert "1,300 more are not listed here" in page
    assert page.count("待定") == 200


def test_a_page_asks_the_network_for_nothing() -> None:
    page = render_page(a_plan(), "plan.json")
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|@import|url\(", page)


def test_each_closed_gate_stands_above_everything_else() -> None:
    page = body(render_page(a_plan(outcome="blocked", blocked_by=[BLOCK]), "plan.json"))
    assert page.index("1 of 6 data rows") < page.index('id="target"')


@pytest.mark.parametrize("outcome", ["planned", "verified", "blocked", "loaded", "unchanged", "failed"])
def test_every_outcome_has_words_in_both_languages(outcome: str) -> None:
    page = render_page(a_plan(outcome=outcome), "plan.json")
    assert f'class="pill {outcome}"' in page


def test_a_plan_without_anything_odd_says_so() -> None:
    page = render_page(a_plan(rejects=[], reject_rows=0, warnings=[], overrides=[]), "plan.json")
    assert "没有。" in page


def test_what_goes_back_to_the_providers_is_named() -> None:
    given = GivenBack(
        workbooks=(AnnotatedWorkbook(file="a.xlsx", path="plans/x/problems/a.问题.xlsx"),),
        rejects_csv="plans/x/problems/rejects.csv",
        failed=("b.xlsx: <no space>",),
    )
    page = render_page(a_plan(given_back=given), "plan.json")
    for text in ("plans/x/problems/a.问题.xlsx", "plans/x/problems/rejects.csv", "b.xlsx: &lt;no space&gt;"):
        assert text in page


def test_hidden_rows_have_a_column_where_there_are_any() -> None:
    assert "hidden</span></th>" not in render_page(a_plan(), "plan.json")
    assert "hidden</span></th>" in render_page(a_plan(files=[plan_file(12, hidden_rows=2)]), "plan.json")
