"""Company ids filled into record lines: every record answered once, and what no company was found for."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from workflows.companies.resolver import KnownCompanies
from workflows.companies.temporary import TemporaryIds
from workflows.domains.domain import CompanyKeys, Domain, Record
from workflows.errors import AccountingError
from workflows.records import company_ids
from workflows.records.company_ids import CompanyIds, Stretch
from workflows.records.json_files import record_lines


class Plan(Record):
    plan: str | None
    name: str | None
    company_id: str | None


DOMAIN = Domain(
    name="plans",
    record=Plan,
    primary_key=("plan",),
    period_field="plan",
    derived={},
    company=CompanyKeys(customer_name="name", plan_code="plan"),
)
KNOWN = KnownCompanies({}, {"plan_code": {"P1": "C1"}}, TemporaryIds(b"a salt that only tests know"))


def lines(*rows: tuple[str | None, str | None], warnings: Any = None, file: str = "a.xlsx") -> bytes:
    """Records of (plan, name) from row 5 on."""
    columns: list[list[Any]] = [
        [row[0] for row in rows],
        [row[1] for row in rows],
        [None] * len(rows),
        [file] * len(rows),
        ["表"] * len(rows),
        list(range(5, 5 + len(rows))),
        [warnings or []] * len(rows),
    ]
    assert DOMAIN.columns[-4:] == ("data_source", "source_sheet", "source_row", "validation_warnings")
    return b"".join(record_lines(columns))


def filled(ids: CompanyIds, *pieces: bytes) -> list[list[Any]]:
    made = b"".join(ids.filled(pieces))
    assert made.endswith(b",\n") and made.count(b"\n") == sum(piece.count(b"\n") for piece in pieces)
    found: list[list[Any]] = orjson.loads(b"[" + made.removesuffix(b",\n") + b"]")
    return found


def test_only_the_company_id_of_a_record_changes() -> None:
    given = lines(("P1", "甲],[公司"), ("P2", '"乙"\\,\n'), warnings=[{"code": "c", "message": "],["}])
    before = orjson.loads(b"[" + given.removesuffix(b",\n") + b"]")
    after = filled(CompanyIds(DOMAIN, KNOWN), given)
    assert after[0][2] == "C1"
    assert [record[:2] + record[3:] for record in after] == [record[:2] + record[3:] for record in before]


def test_pieces_stay_pieces_and_empty_ones_vanish() -> None:
    ids = CompanyIds(DOMAIN, KNOWN)
    made = list(ids.filled([lines(("P1", None)), b"", lines(("P1", None), ("P2", None))]))
    assert [piece.count(b"\n") for piece in made] == [1, 2]


def test_the_account_counts_each_record_by_its_way() -> None:
    ids = CompanyIds(DOMAIN, KNOWN)
    filled(ids, lines(("P1", "甲"), ("P1", None), ("P2", "乙"), ("P2", None)))
    account = ids.account(4)
    assert account.ways == {"index:plan_code": 2, "temporary": 1, "none": 1}
    assert (list(account.ways), account.records, account.unresolved) == (
        ["index:plan_code", "temporary", "none"],
        4,
        2,
    )


def test_a_record_that_was_not_looked_up_is_a_defect() -> None:
    ids = CompanyIds(DOMAIN, KNOWN)
    filled(ids, lines(("P1", "甲")))
    with pytest.raises(AccountingError, match="1 records were looked up and 2 merged"):
        ids.account(2)


def test_rows_of_one_name_are_one_customer_and_rows_without_a_name_one_by_plan() -> None:
    ids = CompanyIds(DOMAIN, KNOWN)
    filled(ids, lines(("P2", None), ("P3", "乙"), ("P2", "乙"), ("P2", "乙"), ("P3", None), ("P2", None)))
    found = [(each.name, each.rows, [row.plan_code for row in each.keys]) for each in ids.unresolved()]
    assert found == [("乙", 3, ["P3", "P2"]), ("", 2, ["P2"]), ("", 1, ["P3"])]


def test_rows_that_follow_each_other_are_one_stretch() -> None:
    ids = CompanyIds(DOMAIN, KNOWN)
    filled(ids, lines(("P2", "乙"), ("P2", "乙"), ("P1", "甲"), ("P2", "乙")), lines(("P2", "乙"), file="b.xlsx"))
    (found,) = ids.unresolved()
    assert found.stretches == [
        Stretch(("a.xlsx", "表"), 5, 6),
        Stretch(("a.xlsx", "表"), 8, 8),
        Stretch(("b.xlsx", "表"), 5, 5),
    ]


def test_stretches_beyond_fifty_are_counted_by_their_rows() -> None:
    ids = CompanyIds(DOMAIN, KNOWN)
    filled(ids, lines(*[("P2", "乙" if row % 2 else "丙") for row in range(200)]))
    first = ids.unresolved()[0]
    listed = sum(stretch.last - stretch.first + 1 for stretch in first.stretches)
    assert (first.rows, listed, first.more_rows) == (100, 50, 50)


def test_answers_that_are_forgotten_are_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(company_ids, "_KEPT_ANSWERS", 2)
    ids = CompanyIds(DOMAIN, KNOWN)
    after = filled(ids, lines(*[(f"P{number % 5}", f"公司{number % 5}") for number in range(20)]))
    assert len({record[2] for record in after}) == 5
    assert ids.account(20).ways == {"index:plan_code": 4, "temporary": 16}
    assert len(ids._answers) <= 2


def test_a_domain_without_companies_is_none_of_its_business() -> None:
    bare = Domain(name="bare", record=Plan, primary_key=("plan",), period_field="plan", derived={})
    with pytest.raises(ValueError, match="has no company ids"):
        CompanyIds(bare, KNOWN)
