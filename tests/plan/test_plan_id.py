from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.fixtures.loads import FEBRUARY, JANUARY, month_spec, workbook
from tests.fixtures.plans import a_plan
from tests.fixtures.reading import chosen, entry
from workflows.companies.basis import CompanyBasis
from workflows.domains.references import First, Reference
from workflows.domains.trustee_performance import DOMAIN
from workflows.errors import PlanOutdatedError
from workflows.plan.build import load_spec
from workflows.plan.identity import plan_id
from workflows.plan.load_spec import TableColumn
from workflows.plan.run import Choice, UndoChoice
from workflows.records.documents import MergedFile
from workflows.runs.preparing import check_identity
from workflows.sources.gate_rules import GateSource
from workflows.sources.snapshot import Snapshot

PLANS = Reference("mapping.plans", {"plan_code": "plan_code"}, {"name": First("plan_name")})
UNDO = UndoChoice(
    load_id="l", sequence=3, inserted=2, deleted=1, shape="s", columns=("plan_code",), at=datetime(2024, 11, 1), by="a"
)


def identity(*, spec: dict[str, Any] | None = None, last: int | None = None, **choice: Any) -> str:
    """The id of a plan with these changes."""
    values: dict[str, Any] = {
        "domain": "d",
        "source": entry(),
        "snapshot": Snapshot(domain="d", files=(chosen(),)),
        "rules": "rules",
    }
    load = month_spec(JANUARY, **({"files": (workbook(),)} | (spec or {})))
    return plan_id(Choice(**(values | choice)), load, last)


@pytest.mark.parametrize(
    "changes",
    [
        {"spec": {"table": "other"}},
        {"spec": {"mode": "append"}},
        {"spec": {"merge_key": ("report_date", "plan_code")}},
        {"spec": {"primary_key": ("report_date",)}},
        {"spec": {"table_columns": (TableColumn("report_date", "date"),)}},
        {"spec": {"table_columns": (TableColumn("report_date", "date", nullable=True),)}},
        {"spec": {"owns_rows": True}},
        {"spec": {"gates": GateSource(min_rows=1)}},
        {"spec": {"gates": GateSource(max_deleted_rows=1)}},
        {"spec": {"gates": GateSource(totals="block")}},
        {"spec": {"gates": GateSource(empty="allow")}},
        {"spec": {"files": (workbook(sha256="other"),)}},
        {"spec": {"files": (workbook(sheet="other"),)}},
        {"spec": {"files": (workbook(rules="other"),)}},
        {"spec": {"files": (workbook("other.xlsx"),)}},
        {"spec": {"files": (workbook(), workbook("b.xlsx", FEBRUARY))}},
        {"snapshot": Snapshot(domain="d", files=(chosen("b.xlsx"),))},
        {"accepted": {"rejects": 0}},
        {"accepted": {"deleted": 0}},
        {"source": entry(other_months="allow")},
        {"spec": {"gates": GateSource(max_other_months_ratio=Decimal("0.1"))}},
        {"spec": {"described_by": ("plan_code",)}},
        {"spec": {"replaces": "groups"}},
        {"spec": {"references": (PLANS,)}},
        {"companies": CompanyBasis(index="1", overrides="2", salt="3")},
        {"undo": UNDO},
        {"last": 0},
        {"last": 1},
    ],
    ids=str,
)
def test_whatever_decides_what_is_loaded_is_part_of_a_plans_id(changes: dict[str, Any]) -> None:
    assert identity(**changes) != identity()


def test_the_ledgers_last_entry_tells_two_compared_plans_apart() -> None:
    assert identity(last=0) != identity(last=1)


def test_when_and_where_a_plan_was_made_is_no_part_of_its_id() -> None:
    assert identity(spec={"lock_timeout_ms": 1, "statement_timeout_ms": 1}) == identity()


def test_each_part_of_what_a_load_refers_to_is_told_and_of_an_undo_all_but_who_and_when() -> None:
    references = (
        PLANS,
        replace(PLANS, table="mapping.others"),
        replace(PLANS, key={"company_code": "company_code"}),
        replace(PLANS, columns={"other": First("plan_name")}),
    )
    assert len({identity(spec={"references": (each,)}) for each in references}) == len(references)
    bases = [CompanyBasis(index=index, overrides=overrides, salt="3") for index in "12" for overrides in "12"]
    assert len({identity(companies=basis) for basis in bases}) == len(bases)
    later = UNDO.altered(at=datetime(2025, 1, 1), by="b", document="d")
    assert identity(undo=later) == identity(undo=UNDO) != identity(undo=UNDO.altered(restored=1))


def test_a_plan_that_was_saved_before_the_software_was_renewed_keeps_its_id() -> None:
    """Who means another identity changes this; who does not has made every saved plan one that no longer holds."""
    everything = identity(
        spec={"references": (PLANS,)}, companies=CompanyBasis(index="1", overrides="2", salt="3"), undo=UNDO, last=1
    )
    assert (identity(), everything) == ("3078c005914cfee08fac096d99ed634a", "4d523ffa3004d3b51869a274a20325af")


def of(ratio: str | None) -> str:
    return identity(spec={"gates": GateSource(max_deleted_ratio=None if ratio is None else Decimal(ratio))})


def test_the_ratio_of_a_guard_is_part_of_a_plan_exactly() -> None:
    ratios = (None, "0", "0.29", "0.29000000000000001", "0.29000000000000000000000000000001")
    assert len({of(ratio) for ratio in ratios}) == len(ratios)


def test_the_same_ratio_gives_the_same_plan() -> None:
    assert of("0.29") == of("0.29")


@pytest.mark.parametrize(("month_from", "expected"), [("file", True), ("rows", False)])
def test_a_load_knows_whether_its_rows_have_their_month_from_their_file(month_from: str, expected: bool) -> None:
    source = entry(month_from=month_from)
    choice = Choice(domain="d", source=source, snapshot=Snapshot(domain="d", files=(chosen(),)), rules="rules")
    document = cast("MergedFile", SimpleNamespace(counts=SimpleNamespace(files=(), rejected_keys=())))
    assert load_spec(choice, DOMAIN, document, 1, 1).month_from_file is expected


def test_a_saved_plan_holds_for_the_same_load_and_no_other() -> None:
    """Whoever applies a plan that was approved asks this; nothing else sees that the table's columns changed."""
    choice = Choice(domain="d", source=entry(), snapshot=Snapshot(domain="d", files=(chosen(),)), rules="rules")
    spec = month_spec(JANUARY, files=(workbook(),))
    approved = a_plan(plan_id=plan_id(choice, spec))
    check_identity(approved, choice, spec)
    with pytest.raises(PlanOutdatedError, match="no longer holds"):
        check_identity(approved, choice, replace(spec, table_columns=(TableColumn("report_date", "date"),)))
