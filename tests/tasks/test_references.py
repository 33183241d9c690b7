"""What the facts of a month refer to, through the real tasks under the shipped catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import openpyxl
import pytest

from tests.fixtures.both_ways import Psql
from tests.fixtures.companies import SALT
from tests.fixtures.runs import Finished, Office
from workflows.companies.index import FetchedRow
from workflows.plan.run_plan import RunPlan
from workflows.runs.fetch_index import Fetched, fetch_index
from workflows.settings import get_settings
from workflows.warehouse.__main__ import main

PLACE = "202501/收集数据/数据采集/25年1月年金规模收入数据.xlsx"
BOTH = ("--domain", "annuity_performance,annuity_income")
Rows = list[list[Any]]
PERFORMANCE: Rows = [
    ["月度", "业务类型", "计划类型", "计划代码", "计划名称", "组合代码", "客户名称", "期末资产规模", "机构"],
    [202501, "企年受托", "单一计划", "P0001", "甲计划", "F7", "甲公司", 5, "北京"],
    [202501, "企年投资", "单一计划", "P0001", "甲计划", "F8", "甲公司", 50, "广州"],
    [202501, "企年投资", "集合计划", "P0002", "乙计划", None, None, 1, "火星"],
]
INCOME: Rows = [
    ["月度", "业务类型", "计划类型", "计划号", "计划名称", "组合代码", "客户名称", "固费", "机构", "机构名称"],
    [202501, "企年受托", "单一计划", "P0001", "甲方计划", "F7", "甲公司", 1.5, "G01", "北京"],
    [202501, "企年受托", "单一计划", "P0009", "丙企业年金计划", None, None, 2.5, "G02", "上海"],
]
NAMES = ("年金计划", "组合计划", "产品线", "组织架构", "客户明细")


class Referring:
    """An office with one workbook of two domains, and the tables that `make schema` makes."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def workbook(self, performance: Rows = PERFORMANCE, income: Rows = INCOME, place: str = PLACE) -> None:
        book = openpyxl.Workbook()
        del book["Sheet"]
        for name, rows in {"规模明细": performance, "收入明细": income}.items():
            page = book.create_sheet(name)
            for row in rows:
                page.append(row)
        path = self.office.data / place
        path.parent.mkdir(parents=True, exist_ok=True)
        book.save(path)

    def call(self, *flags: str) -> Finished:
        return self.office.call(*(() if "--domain" in flags else BOTH), *flags)

    def document(self, kind: str = "plan") -> RunPlan:
        return RunPlan.read(self.office.newest(f"{kind}s/*/*/{kind}.json").read_bytes())

    def counts(self, kind: str = "plan") -> dict[str, dict[str, tuple[int, int, int] | None]]:
        """By domain and table: known, new, different."""
        return {
            part.domain: {
                each.table.split('"')[1]: (each.effect.known, each.effect.new, each.effect.different)
                if each.effect
                else None
                for each in part.references
            }
            for part in self.document(kind).parts
        }

    def sql(self, statement: str) -> list[tuple[str | None, ...]]:
        return self.office.sql(statement)

    def tables(self) -> list[int]:
        """How many rows each table holds."""
        schemas = {"客户明细": "customer"}
        return [len(self.sql(f'SELECT FROM {schemas.get(name, "mapping")}."{name}"')) for name in NAMES]


@pytest.fixture
def referring(office_with_database: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Referring]:
    office = office_with_database
    office.settings |= {"WDH_COMPANY_ID_SALT": SALT}
    known = [FetchedRow(2, "customer_name", "甲公司", "C0001")]
    fetch_index(Fetched("known.csv", known), office.folder / "company_index.json", datetime.now(timezone.utc))
    found = Referring(office)
    found.sql('DROP TABLE IF EXISTS business."规模明细"')
    for name, value in office.settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(office.folder)
    get_settings.cache_clear()
    assert main(["apply-schema", "--domain", "annual_award,annuity_performance,annuity_income"]) == 0
    found.workbook()
    yield found
    get_settings.cache_clear()


def test_two_domains_of_one_run_fill_the_tables_once_and_sizes_decide(referring: Referring) -> None:
    done = referring.call("--execute")
    assert done.outcome == "loaded", done.out + done.err
    plans = referring.sql('SELECT "计划代码", "计划名称", "计划类型", "机构代码", "业务类型" FROM mapping."年金计划"')
    assert plans == [
        ("P0001", "甲计划", "单一计划", "G04", "企年受托+企年投资"),
        ("P0002", "乙计划", "集合计划", "G00", "企年投资"),
        ("P0009", "丙企业年金计划", "单一计划", "G02", "企年受托"),
    ]
    customers = referring.sql('SELECT company_id, "客户名称", "机构代码", "计划数", "机构数" FROM customer."客户明细"')
    assert customers[0] == ("C0001", "甲公司", "G04", "1", "2")
    assert (customers[1][1:], str(customers[1][0])[:2]) == (("丙", "G02", "1", "1"), "IN")
    assert ("G04", "广东") in referring.sql('SELECT * FROM mapping."组织架构"')
    assert referring.tables() == [3, 4, 2, 4, 2]


def test_a_plan_without_a_database_says_that_nobody_knows(referring: Referring) -> None:
    done = referring.call()
    assert "References: 5 tables, what is new in them is not known; make compare (--compare) tells" in done.out
    assert set(referring.counts()["annuity_income"].values()) == {None}
    assert referring.document().parts[0].references[0].keys == 2
    page = referring.office.newest("plans/*/*/plan.html").read_text(encoding="utf-8")
    assert page.count("未知（未与数据库对比）") == 10


def test_compare_tells_what_execute_then_does(referring: Referring) -> None:
    assert referring.call("--compare").outcome == "planned"
    assert referring.tables() == [0, 0, 0, 0, 0]
    planned = referring.counts()
    done = referring.call("--execute")
    assert referring.counts("receipt") == planned
    # What income adds, performance knows; that income calls the plan by another name is a caution.
    assert planned["annuity_income"]["年金计划"] == (0, 2, 1)
    assert planned["annuity_performance"]["年金计划"] == (1, 1, 0)
    assert sum(found[1] for part in planned.values() for found in part.values() if found) == 15
    assert '  mapping."年金计划": 2 个键 = 已有 0 + 新增 2 / 2 keys = 0 known + 2 new' in done.out
    assert "      P0001 计划名称: 表中 甲计划, 文件中 甲方计划 / 甲计划 there, 甲方计划 here" in done.out
    page = referring.office.newest("receipts/*/*/receipt.html").read_text(encoding="utf-8")
    assert "甲方计划" in page
    assert "Different from what is there, which stays" in page


def test_loaded_again_everything_is_known_and_a_difference_stays_as_it_is(referring: Referring) -> None:
    referring.call("--execute")
    referring.sql('UPDATE mapping."年金计划" SET "计划名称" = \'手工改名\', "机构代码" = \'G30\'')
    assert referring.call("--execute").outcome == "unchanged"
    assert referring.counts("receipt")["annuity_performance"]["年金计划"] == (2, 0, 2)
    assert {row[0] for row in referring.sql('SELECT "计划名称" FROM mapping."年金计划"')} == {"手工改名"}


def test_the_receipt_keeps_what_was_added(referring: Referring) -> None:
    referring.call("--execute", "--domain", "annuity_income")
    (part,) = referring.document("receipt").parts
    effect = part.references[0].effect
    assert effect is not None
    assert part.references[0].columns == ("计划代码", "计划名称", "计划类型", "机构代码", "业务类型")
    assert effect.added == (
        ("P0001", "甲方计划", "单一计划", "G01", "企年受托"),
        ("P0009", "丙企业年金计划", "单一计划", "G02", "企年受托"),
    )


def test_the_script_does_the_same(referring: Referring, psql: Psql) -> None:
    referring.call()
    done = psql(referring.office.newest("plans/*/*/plan.sql").read_bytes())
    assert (done.returncode, done.stderr) == (0, "")
    assert 'to be committed: mapping."年金计划": added 3' in done.stdout
    assert referring.tables() == [3, 4, 2, 4, 2]
    by_psql = referring.sql('SELECT * FROM mapping."年金计划"')
    referring.sql('TRUNCATE mapping."年金计划"')
    referring.call("--execute")
    assert referring.sql('SELECT * FROM mapping."年金计划"') == by_psql


def test_the_steps_of_a_plan_show_what_comes_first(referring: Referring) -> None:
    done = referring.call()
    first, second = (part.steps for part in referring.document().parts)
    assert [step.operation for step in first].index("references") < [step.operation for step in first].index("settings")
    assert "references" not in {step.operation for step in second}
    assert '[references] INSERT INTO "mapping"."年金计划"' in done.out


@pytest.mark.parametrize(("key", "code"), [("P0001", "loaded"), (None, "failed")])
def test_a_saved_plan_is_bound_to_what_it_would_add(referring: Referring, key: str | None, code: str) -> None:
    referring.sql("INSERT INTO mapping.\"年金计划\" VALUES ('P0002', '乙计划')")
    referring.call("--compare")
    plan = referring.office.newest("plans/*/*/plan.json")
    # Somebody else adds one of the plan's keys, or takes away one that it counted on.
    if key:
        referring.sql(f"INSERT INTO mapping.\"年金计划\" VALUES ('{key}', '先到')")
    else:
        referring.sql('DELETE FROM mapping."年金计划"')
    flags = ("--module", "workflows.tasks", "ApplyPlan", "--plan-file", str(plan))
    assert referring.office.luigi(*flags).outcome == ("verified" if key else "failed")
    done = referring.office.luigi(*flags, "--execute")
    assert done.outcome == code, done.out
    assert ("other rows would be added" in done.out + done.err) == (key is None)


def test_a_missing_table_is_refused_naming_make_schema_before_anything_is_loaded(referring: Referring) -> None:
    referring.sql('DROP TABLE mapping."组织架构"')
    for flags in (("--compare",), ("--execute",)):
        done = referring.call(*flags)
        assert done.outcome == "failed"
        assert 'there is no table "mapping"."组织架构" in this database; run `make schema`' in done.out
    assert referring.sql('SELECT FROM business."收入明细"') == []


def test_a_domain_without_references_runs_no_statement_of_them(referring: Referring) -> None:
    referring.office.workbook("2024年11月受托业绩报告.xlsx", 11)
    referring.office.call("--execute")
    receipt = json.loads(referring.office.newest("receipts/trustee*/*/receipt.json").read_bytes())
    assert receipt["references"] == []
    assert not [step for step in receipt["steps"] if step["operation"].startswith("references")]
    assert not list(referring.office.output.glob("merged/trustee_performance/*.references.json"))


def test_an_undo_leaves_what_the_load_added_and_lists_it(referring: Referring) -> None:
    referring.call("--execute", "--run-id", "x")
    flags = ("--module", "workflows.tasks", "UndoLoad", "--load-id", "x")
    before = referring.tables()
    done = referring.office.luigi(*flags, "--execute")
    assert done.outcome == "loaded", done.out + done.err
    assert referring.sql('SELECT FROM business."收入明细"') == []
    assert referring.tables() == before
    assert '  mapping."年金计划": 保留 2 行 / 2 stay' in done.out
    assert "      P0009 | 丙企业年金计划 | 单一计划 | G02 | 企年受托" in done.out
    page = referring.office.newest("receipts/*/*/receipt.html").read_text(encoding="utf-8")
    assert "what the load that is taken back had added stays" in page


def test_an_undo_without_the_loads_receipt_says_that_nobody_knows(referring: Referring) -> None:
    referring.call("--execute", "--run-id", "x")
    referring.office.newest("receipts/*/x/receipt.json").unlink()
    done = referring.office.luigi("--module", "workflows.tasks", "UndoLoad", "--load-id", "x")
    assert done.outcome == "planned", done.out + done.err
    assert "which these are is not known: its receipt is not here" in done.out
