"""The statements of a load by the phase that they run in (pure).

A phase's fields are its statements in the order in which they run; None is one that this load does not need. All run in
one READ COMMITTED transaction: staging, locking, deciding, changing, closing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import chain

from workflows.errors import PlanError
from workflows.plan import interference_sql, ledger_sql
from workflows.plan.ledger_sql import SCRIPT_VALUES, LedgerValues
from workflows.plan.load_spec import LedgerEntry, LoadSpec
from workflows.plan.model import PlanStep
from workflows.plan.schemas import DIFFERENCE

OWN_TABLES = ("wdh_staging", "wdh_refusal", "wdh_before", "wdh_files", "wdh_left", "wdh_moved")
"""The load's own temporary tables."""


_DOCUMENT = "wdh_document"


def own_tables(spec: LoadSpec) -> tuple[str, ...]:
    """The temporary tables that a load of these keys may make."""
    more = [*([] if spec.primary_key else [DIFFERENCE]), *([_DOCUMENT] if spec.undo else [])]
    return (*OWN_TABLES, *more)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. ``operation`` is what people see it called in plans, scripts and messages."""

    operation: str
    sql: str

    @property
    def shown(self) -> str:
        """For people."""
        return self.sql


@dataclass(frozen=True, slots=True)
class Change(Statement):
    """Adds rows to a table or takes some away; they are counted."""


@dataclass(frozen=True, slots=True)
class Delete(Change):
    """Takes rows away. ``keeping`` does the same and keeps their images: what plan.sql runs where there is a table for
    them; None where that is known, and ``sql`` is what it comes to."""

    keeping: str | None = None

    @property
    def shown(self) -> str:
        """Both, where only the server knows which it will be."""
        return self.sql if self.keeping is None else f"{self.sql}\n-- where images are kept:\n{self.keeping}"


@dataclass(frozen=True, slots=True)
class Ask(Statement):
    """Yields one row of values that later statements, or psql, go by."""


@dataclass(frozen=True, slots=True)
class Copy(Change):
    """Takes the batch as lines for COPY; ``records`` is how many there have to be, None if nobody knows."""

    records: int | None = None


@dataclass(frozen=True, slots=True)
class _Phase:
    def __iter__(self) -> Iterator[Statement]:
        statements = (getattr(self, place.name) for place in fields(self))
        return (statement for statement in statements if statement is not None)


@dataclass(frozen=True, slots=True)
class Staging(_Phase):
    """The batch in a temporary table, before the lock, so that copying keeps no writer waiting."""

    settings: Statement
    leftovers: Statement
    stage: Statement
    copy: Change
    document: Statement | None
    copy_document: Copy | None
    key: Statement | None
    check: Statement | None


@dataclass(frozen=True, slots=True)
class Locking(_Phase):
    """From here on nobody else writes to the table, and it stays as it is: readers go on, other writers wait."""

    lock: Statement
    table: Statement


@dataclass(frozen=True, slots=True)
class Deciding(_Phase):
    """What the ledger says to the load; nothing is changed but temporary tables."""

    undo: Statement | None
    once: Statement | None
    files: Statement | None
    refuse: Statement | None
    leave_out: Change | None
    left: Statement | None
    moved: Statement | None
    number: Ask | None


@dataclass(frozen=True, slots=True)
class Changing(_Phase):
    """The table itself; guards judge what the delete is about to take, of a group too, and what it would leave
    behind. Rows are held against the table by their key (``unique`` is what that takes), or as a multiset whose
    ``difference`` is found beforehand."""

    unique: Statement | None
    difference: Statement | None
    guard: Statement | None
    shrink: Statement | None
    left_behind: Statement | None
    magnitude: Statement | None
    before: Statement
    delete: Delete | None
    insert: Change


@dataclass(frozen=True, slots=True)
class Closing(_Phase):
    """The ledger's rows, which hold what the phases before did; whether all of it stands; and tidying up."""

    ledger: Statement | None
    ledger_files: Statement | None
    stands: Statement
    recorded: Statement | None
    tidy: Statement


@dataclass(frozen=True, slots=True)
class LoadStatements:
    """All statements of one load: plans and scripts show them, the loader runs them, a comparison runs some.

    Without an ``entry`` the ledger takes no part.
    """

    spec: LoadSpec
    entry: LedgerEntry | None
    staging: Staging
    locking: Locking
    deciding: Deciding
    changing: Changing

    def closing(self, values: LedgerValues = SCRIPT_VALUES) -> Closing:
        """The last phase; ``values`` are known once the others ran."""
        ledger = ledger_files = recorded = None
        has_files = self.deciding.files is not None
        if self.entry is not None:
            ledger = Statement("ledger", ledger_sql.load_row(self.spec, self.entry, values))
            ledger_files = Statement("ledger_files", ledger_sql.file_rows(self.spec, values)) if has_files else None
            recorded = Statement("recorded", ledger_sql.refuse_unrecorded(self.spec, self.entry, values))
        stands = Statement("stands", interference_sql.refuse_hidden(self.spec, values))
        # ON COMMIT DROP is for failures; a second load of the same transaction needs the names before that.
        made = {
            "wdh_files": has_files,
            _DOCUMENT: self.staging.document is not None,
            "wdh_left": self.deciding.left is not None,
            "wdh_moved": self.deciding.moved is not None,
            DIFFERENCE: self.changing.difference is not None,
        }
        names = [name for name in own_tables(self.spec) if made.get(name, True)]
        tidy = Statement("tidy", "DROP TABLE " + ", ".join(f"pg_temp.{name}" for name in names))
        return Closing(ledger, ledger_files, stands, recorded, tidy)

    def __iter__(self) -> Iterator[Statement]:
        """Every statement in order, the last ones with the variables of plan.sql."""
        return chain(self.staging, self.locking, self.deciding, self.changing, self.closing())

    @property
    def recorded(self) -> LedgerEntry:
        """The ``entry``; raises PlanError for a load that the ledger takes no part in."""
        if self.entry is None:
            raise PlanError(f"{self.spec.table}: this load has no entry for the ledger")
        return self.entry

    def planned(self) -> list[PlanStep]:
        """The statements as a plan shows them; only the copy knows its rows beforehand."""
        return shown(self, {each: each.records for each in self.staging if isinstance(each, Copy)})


def shown(statements: Iterable[Statement], rows: Mapping[Statement, int | None]) -> list[PlanStep]:
    """The statements for people, with their ``rows`` where those are known."""
    return [PlanStep(operation=each.operation, sql=each.shown, rows=rows.get(each)) for each in statements]
