"""Groups that an earlier version brought and the batch lacks; loads of the same month in every order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from itertools import permutations

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from tests.fixtures.both_ways import Attempt
from tests.fixtures.details import CORPORATE, FEBRUARY, INVESTED, JANUARY, Detail, detail, details_spec, held, lines
from tests.fixtures.loads import look, run, workbook
from tests.fixtures.postgres import cloned_database
from tests.fixtures.tables import DETAILS
from workflows.plan.load_spec import NO_LIMITS, LoadSpec
from workflows.sources.filenames import SUPPLEMENT
from workflows.sources.gate_rules import GateSource

V1, V2, MORE = "V1/2024-01.xlsx", "V2/2024-01.xlsx", "2024-01补充.xlsx"
WARN = GateSource(left_behind="warn")


def of(path: str, part: str = "", month: date = JANUARY, gates: GateSource = NO_LIMITS, **accepted: int) -> LoadSpec:
    """A load of that workbook, which replaces the groups that its rows name."""
    file = workbook(path, month, sha256=f"sha of {path}", part=part)
    return details_spec(files=(file,), gates=gates, accepted=accepted)


@pytest.fixture
def january(connection: Connection) -> Connection:
    """V1 brought both kinds of business."""
    run(connection, of(V1), *lines(detail(), detail(), detail(kind=INVESTED), detail("P2", kind=INVESTED), source=V1))
    connection.rollback()
    return connection


def test_a_group_that_the_new_version_lacks_is_counted_once_and_named_with_its_rows(january: Connection) -> None:
    (left,) = look(january, of(V2), *lines(detail(), source=V2)).left or []
    assert (left.kind, left.unit, left.rows, left.month) == ("left_behind", "groups", 1, "2024-01")
    assert (left.path, left.batch, left.keys) == (V1, V2, ["2024-01-01 | 企年投资: 2"])


def test_groups_left_behind_block_until_they_are_accepted(january: Connection, attempt: Attempt) -> None:
    refused = attempt(of(V2), *lines(detail(), source=V2))
    assert f"1 group(s) of 2024-01 came from {V1} and are not in {V2}" in refused
    assert f"2024-01 有 1 个分组来自 {V1}，{V2} 中没有" in refused
    assert "--accept left_behind=1" in refused
    assert "--merge-key" not in refused
    assert attempt(of(V2, left_behind=1), *lines(detail(), source=V2)) == ""
    assert held(january) == Counter((detail(), detail(kind=INVESTED), detail("P2", kind=INVESTED)))


def test_a_supplement_lacks_nothing_of_the_main_file(january: Connection, attempt: Attempt) -> None:
    assert attempt(of(MORE, SUPPLEMENT), *lines(detail("P9", kind=INVESTED), source=MORE)) == ""
    # What the supplement took over is no longer the main file's, and so nothing that its next version lacks.
    assert attempt(of(V2), *lines(detail("P3"), source=V2)) == ""
    assert held(january) == Counter((detail("P3"), detail("P9", kind=INVESTED)))


def test_another_months_file_leaves_nothing_behind(january: Connection, attempt: Attempt) -> None:
    assert attempt(of("2024-02.xlsx", month=FEBRUARY), *lines(detail(month=FEBRUARY), source="2024-02.xlsx")) == ""


def test_rows_of_unknown_source_are_told_by_group(connection: Connection) -> None:
    run(connection, details_spec(), *lines(detail(kind=INVESTED), detail(kind=INVESTED), source="by hand"))
    (left,) = look(connection, of(V1), *lines(detail(), source=V1)).left or []
    assert (left.kind, left.rows, left.keys) == ("unknown_source", 1, ["2024-01-01 | 企年投资: 2"])


WORKBOOKS: dict[str, tuple[Detail, ...]] = {
    V1: (detail(), detail(), detail(kind=INVESTED), detail("P2", kind=INVESTED)),
    V2: (detail(), detail("P3"), detail(kind=INVESTED)),
    MORE: (detail("P9", kind=INVESTED), detail("P9", kind=INVESTED)),
    "ledger": (detail("P7"), detail("P7", month=FEBRUARY), detail("P8", month=FEBRUARY)),
}


@pytest.fixture(scope="module")
def shared(postgres_server: str) -> Iterator[Connection]:
    with cloned_database(postgres_server, "orders") as dsn, closing(psycopg2.connect(dsn)) as connection:
        yield connection


@pytest.mark.parametrize("order", [(*order, V1) for order in permutations(WORKBOOKS)], ids=" ".join)
def test_loaded_one_by_one_in_any_order_the_last_load_of_each_group_wins_whole(
    shared: Connection, order: tuple[str, ...]
) -> None:
    with shared.cursor() as cursor:
        cursor.execute(f"TRUNCATE {DETAILS.table}, wdh_load_file, wdh_load")
    shared.commit()
    model: dict[tuple[date, str], list[Detail]] = {}
    for path in order:
        rows = WORKBOOKS[path]
        run(shared, of(path, SUPPLEMENT if path == MORE else "", gates=WARN), *lines(*rows, source=path))
        model |= {group: [row for row in rows if row[:2] == group] for group in {row[:2] for row in rows}}
        assert held(shared) == Counter(row for rows in model.values() for row in rows)
    assert {row[1] for row in held(shared)} == {CORPORATE, INVESTED}
