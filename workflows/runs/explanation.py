"""What is known of the rows that hold a figure: each row's history, and where its cells come from."""

from __future__ import annotations

from datetime import datetime

from workflows.domains.findings import Finding
from workflows.frozen import Frozen


class Applied(Frozen):
    """A rule that put something else into a cell than what stood there."""

    rule: str
    chinese: str
    english: str
    before: str | None
    after: str | None


class CellOrigin(Frozen):
    """A value and the cell that it comes from: ``raw`` as it stands there, with the ``number_format`` that matters.

    ``unit`` is what it was read in, as ``unit_from`` says. Empty where no single cell gave it, or it cannot be had.
    """

    field: str
    value: str | None
    header: str = ""
    cell: str = ""
    raw: str = ""
    number_format: str = ""
    unit: str = ""
    unit_from: str = ""
    unit_text: str = ""
    applied: tuple[Applied, ...] = ()


class LoadFacts(Frozen):
    """A load as the ledger has it; ``plan`` is the plan that it carried out, approved if ``via`` is ApplyPlan."""

    load_id: str
    at: datetime
    by: str
    via: str
    plan: str


class RowHistory(Frozen):
    """One row at one time: who wrote it, who took it away (None: it stands), and where its cells are.

    ``missing`` says what could not be found out, and why.
    """

    key: dict[str, str | None]
    written: LoadFacts | None
    gone: LoadFacts | None
    stands: bool
    place: str
    cells: tuple[CellOrigin, ...]
    missing: tuple[str, ...] = ()


class Explanation(Frozen):
    """All that is known of the rows that were asked for: those that stand first, then what they were before.

    ``findings`` say why rows of that place are not in the table.
    """

    domain: str
    table: str
    asked: dict[str, str]
    rows: tuple[RowHistory, ...]
    findings: tuple[Finding, ...] = ()
