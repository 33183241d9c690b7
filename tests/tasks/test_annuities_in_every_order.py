"""V1, V2, the supplement and V1 again, loaded by real runs in every order, against a model of a few lines."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timezone

import pytest
import yaml

from tests.fixtures.companies import SALT
from tests.fixtures.reading import SHIPPED
from tests.fixtures.runs import Office
from tests.tasks.test_annuities_loaded import INCOME, save
from workflows.companies.index import FetchedRow
from workflows.runs.fetch_index import Fetched, fetch_index

pytestmark = pytest.mark.long

Row = tuple[str, str, str, int]
V1, V2, MORE = "V1", "V2", "supplement"
FOLDER = "202501/收集数据/数据采集/"
PATHS = {
    V1: f"{FOLDER}V1/25年1月年金规模收入数据.xlsx",
    V2: f"{FOLDER}V2/25年1月年金规模收入数据.xlsx",
    MORE: f"{FOLDER}25年1月采集-补充企年投资收入.xlsx",
}
ENTRUSTED, INVESTED, ALONE = ("企年受托", "单一计划"), ("企年投资", "集合计划"), ("企年投资", "单一计划")
OF_JOBS = ("职年受托", "职业年金")
ROWS: dict[str, list[Row]] = {
    V1: [(*ENTRUSTED, "P0001", 1), (*ENTRUSTED, "P0001", 1), (*INVESTED, "P0002", 2), (*OF_JOBS, "P0003", 3)],
    # One row of two equal ones, another beside it; all of another group doubled; a group that is not there any more.
    V2: [(*ENTRUSTED, "P0001", 1), (*ENTRUSTED, "P0004", 4), (*INVESTED, "P0002", 2), (*INVESTED, "P0002", 2)],
    MORE: [(*INVESTED, "P0005", -5), (*ALONE, "P0006", 6)],
}


def model(loads: Iterable[str]) -> Counter[Row]:
    """What is in the table: of each group the rows of the load that named it last."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for load in loads:
        groups |= {row[:2]: [each for each in ROWS[load] if each[:2] == row[:2]] for row in ROWS[load]}
    return Counter(itertools.chain.from_iterable(groups.values()))


class Table:
    """The shipped domain's table, and runs that load into it from the workbooks that lie there."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def load(self, *workbooks: str) -> None:
        for name in ROWS:
            (self.office.data / PATHS[name]).unlink(missing_ok=True)
        for name in workbooks:
            rows = [[202501, *row[:3], None, None, row[3], "G01", "北京"] for row in ROWS[name]]
            save(self.office, PATHS[name], 收入明细=[INCOME, *rows])
        done = self.office.call("--domain", "annuity_income", "--execute")
        assert done.code == 0, done.out + done.err

    def held(self) -> Counter[Row]:
        query = 'SELECT "业务类型", "计划类型", "计划代码", "固费" FROM business."收入明细"'
        return Counter((business, kind, code, int(float(fee))) for business, kind, code, fee in self.office.sql(query))


@pytest.fixture
def table(office_with_database: Office) -> Table:
    """That an earlier version's group is not there is told, not refused."""
    office = office_with_database
    office.settings["WDH_COMPANY_ID_SALT"] = SALT
    entries = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    entries["domains"]["annuity_income"]["gates"] = {"left_behind": "warn"}
    (office.folder / "catalogue.yml").write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")
    office.settings["WDH_DATA_SOURCES_CONFIG"] = "catalogue.yml"
    known = [FetchedRow(2, "customer_name", "甲公司", "C0001")]
    fetch_index(Fetched("known.csv", known), office.folder / "company_index.json", datetime.now(timezone.utc))
    made = office.command("python", "-m", "workflows.warehouse", "apply-schema", "--domain", "annuity_income")
    assert made.code == 0, made.err
    return Table(office)


# Each order of the four is a window of one of these walks: what stood there before changes nothing.
WALKS = [(*turn, *turn[:3]) for turn in ((V1, V1, V2, MORE), (V1, V1, MORE, V2), (V1, V2, V1, MORE))]


def test_the_walks_take_every_order() -> None:
    windows = {walk[start : start + 4] for walk in WALKS for start in range(4)}
    assert windows == set(itertools.permutations((V1, V2, MORE, V1)))


@pytest.mark.parametrize("walk", WALKS, ids=" ".join)
def test_one_by_one_the_last_load_of_each_group_wins_whole(table: Table, walk: tuple[str, ...]) -> None:
    for count, workbook in enumerate(walk, 1):
        table.load(workbook)
        assert table.held() == model(walk[:count])


def test_all_in_one_run_the_higher_version_counts_and_the_supplement_its_groups(table: Table) -> None:
    table.load(V1, V2, MORE)
    assert table.held() == model([V2, MORE])
    assert [(each.winner.file, each.loser.file) for each in table.office.receipt().overrides] == [
        (PATHS[MORE], PATHS[V2])
    ]


def test_all_in_one_run_after_any_of_them_leaves_the_same_but_a_group_that_none_names(table: Table) -> None:
    table.load(V1)
    table.load(V1, V2, MORE)
    assert table.held() == model([V1, V2, MORE])
