"""What blocks an execution (pure).

Gates are computed at every plan and every execution. A closed gate makes the plan ``blocked``: planning still
shows everything, executing loads nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from workflows.plan.model import Block
from workflows.sources.entries import GateSource


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """What the gates look at. ``duplicates`` are collapsed rows; ``records`` is what would be staged.

    ``empty_files`` are the chosen files without a single record.
    """

    records: int
    file_records: int
    reject_rows: int
    duplicates: int
    totals_mismatches: Sequence[str]
    replaces_periods: bool
    empty_files: Sequence[str] = ()


def closed_gates(gates: GateSource, facts: BatchFacts, accepted_rejects: int | None) -> list[Block]:
    """The gates that this batch does not pass, in a fixed order; none means that it may be loaded.

    ``accepted_rejects`` opens the reject gates when it is exactly the batch's count of rejected rows.
    """
    return [
        *_reject_gates(gates, facts, accepted_rejects),
        *_row_gates(gates, facts),
        *_totals_gate(gates, facts),
    ]


def _reject_gates(gates: GateSource, facts: BatchFacts, accepted: int | None) -> Iterator[Block]:
    rejects = facts.reject_rows
    if not rejects and accepted in (None, 0):
        return
    if accepted == rejects:
        return
    how = f"mend the workbooks, or accept exactly these with --accept-rejects {rejects}"
    if accepted is not None:
        yield Block(
            gate="accept_rejects",
            message=f"--accept-rejects {accepted} was given, but {rejects} row(s) are rejected; look again",
            found=str(rejects),
            limit=str(accepted),
        )
    data_rows = facts.file_records + rejects + facts.duplicates
    # Exactly: 29 of 100 is 0.29, which no binary fraction is.
    ratio = Decimal(rejects) / data_rows if data_rows else Decimal(0)
    if rejects > gates.max_reject_ratio * data_rows:
        yield Block(
            gate="max_reject_ratio",
            message=f"{rejects} of {data_rows} data rows are rejected ({ratio:.2%}); {how}",
            found=f"{ratio:.6f}",
            limit=f"{gates.max_reject_ratio:f}",
        )
    if facts.replaces_periods and rejects:
        yield Block(
            gate="rejects_in_replaced_periods",
            message=f"whole periods are replaced, so {rejects} rejected row(s) would vanish from the table; {how}",
            found=str(rejects),
            limit="0",
        )


def _row_gates(gates: GateSource, facts: BatchFacts) -> Iterator[Block]:
    if facts.records == 0 and not gates.allow_empty:
        yield Block(
            gate="empty_batch",
            message="no valid record was found; an empty load is refused unless --allow-empty says that it is meant",
            found="0",
            limit="1",
        )
    elif facts.replaces_periods and facts.empty_files and not gates.allow_empty:
        yield Block(
            gate="empty_batch",
            message=f"no valid record in {', '.join(facts.empty_files)}; replacing its whole month would empty it, "
            "which --allow-empty says is meant",
            found="0",
            limit="1",
        )
    if gates.min_rows is not None and 0 < facts.records < gates.min_rows:
        yield Block(
            gate="min_rows",
            message=f"{facts.records} records, at least {gates.min_rows} expected",
            found=str(facts.records),
            limit=str(gates.min_rows),
        )


def _totals_gate(gates: GateSource, facts: BatchFacts) -> Iterator[Block]:
    if gates.totals == "block" and facts.totals_mismatches:
        yield Block(
            gate="totals",
            message="totals rows differ from the sum of the rows: " + "; ".join(facts.totals_mismatches),
            found=str(len(facts.totals_mismatches)),
            limit="0",
        )
