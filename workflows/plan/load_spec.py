"""What a load is asked to do, before any SQL: what ``plan.sql`` makes its statements from (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from workflows.domains.references import Reference
from workflows.plan.identifiers import split_table
from workflows.plan.left_rows import LeftUnit
from workflows.plan.schemas import LEDGER, LEDGER_FILES, TABLE_VARIABLE, UNKNOWN, Relation, Schemas, images_name
from workflows.records.accounts import FileAccount
from workflows.sources.gate_rules import GateSource
from workflows.sources.keys import Replaces, Scope, scope_of

Mode = Literal["delete_insert", "append"]
MODES: tuple[Mode, ...] = ("delete_insert", "append")

NO_LIMITS = GateSource()
"""What holds for a load that no catalogue describes: an empty batch is refused."""

DEFAULT_LOCK_TIMEOUT_MS = 30_000
"""Longer than an ordinary load holds the lock, short enough for someone who waits at a terminal."""


DEFAULT_STATEMENT_TIMEOUT_MS = 1_800_000
"""Half an hour: far beyond any load, and before a night's work is blocked by one that hangs. 0 is no limit."""


@dataclass(frozen=True, slots=True)
class Undo:
    """A load that is taken back, as its row of the ledger says: its number, how many rows it ``inserted`` and
    ``deleted``, and the fingerprint of the table's columns (``shape``).

    ``restored`` is the number of the load whose images it put in place, if it was an undo itself. Its records have the
    ``document_columns``; none if they cannot be had, and nobody can tell then which of its rows were changed by hand.
    """

    load_id: str
    sequence: int
    inserted: int
    deleted: int
    shape: str
    restored: int | None = None
    document_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadSpec:
    """A load of one table.

    ``columns`` in the order in which COPY feeds them. ``business_columns`` decide whether two rows of one key
    are identical (provenance and warnings do not); they include the key. ``merge_key`` is ``primary_key`` or a
    proper subset of it. Without a ``primary_key`` equal rows are several, and ``described_by`` names a row for people.
    ``period_column`` and ``periods`` (first days of months, ascending) bound the scope of a ``delete_insert`` of
    ``file_months``; without them such a load is refused. ``files`` is empty for a
    load that did not come from workbooks. ``path_column`` is where a row names its file's ``path``: an append
    leaves out the rows of workbooks that were loaded before. ``staging`` is the relation that holds the batch.
    What is ``accepted`` (see ``plan.gates.COUNTS``) is so in exactly that number, whatever the gates say.
    ``table_columns``, if given, are what the table must have; ``owns_rows`` lets it have more, and be referenced.
    ``references`` are what the rows refer to in other tables, which have to be there.
    ``rejected_keys`` are primary keys, as texts, of rows that the batch rejects.
    ``month_from_file``: rows have their month from their file, whose period is then part of what it brings in.
    ``schemas`` are known once the database was asked. With ``undo`` the batch is what another load deleted, and its
    scope is what that one wrote; ``columns`` are then all that the table has.
    """

    table: str
    columns: tuple[str, ...]
    business_columns: tuple[str, ...]
    primary_key: tuple[str, ...]
    merge_key: tuple[str, ...]
    mode: Mode = "delete_insert"
    replaces: Replaces = "file_months"
    described_by: tuple[str, ...] = ()
    period_column: str | None = None
    periods: tuple[date, ...] = ()
    files: tuple[FileAccount, ...] = ()
    gates: GateSource = NO_LIMITS
    accepted: Mapping[str, int] = field(default_factory=dict)
    rejected_keys: tuple[tuple[str, ...], ...] = ()
    path_column: str = "data_source"
    staging: str = "pg_temp.wdh_staging"
    table_columns: tuple[TableColumn, ...] = ()
    owns_rows: bool = False
    references: tuple[Reference, ...] = ()
    month_from_file: bool = False
    schemas: Schemas = UNKNOWN
    undo: Undo | None = None
    lock_timeout_ms: int = DEFAULT_LOCK_TIMEOUT_MS
    statement_timeout_ms: int = DEFAULT_STATEMENT_TIMEOUT_MS

    @property
    def scope(self) -> Scope:
        """Which rows a ``delete_insert`` replaces."""
        if self.undo is not None:
            return "load"
        return scope_of(self.primary_key, self.merge_key, self.replaces)

    @property
    def named_by(self) -> tuple[str, ...]:
        """The columns that name a row for people: its key, or what comes nearest to one."""
        described_by = tuple(name for name in self.described_by if name not in self.merge_key)
        return self.primary_key or (*self.merge_key, *described_by)

    @property
    def replaces_groups(self) -> bool:
        """Whether the groups that the batch names are replaced whole."""
        return self.mode == "delete_insert" and self.scope == "groups"

    @property
    def leaves_rows(self) -> bool:
        """Whether rows that earlier loads of the same months and parts wrote can stay: of other keys or groups."""
        is_known = bool(self.files) and self.path_column in self.columns
        return self.mode == "delete_insert" and self.scope != "months" and is_known

    @property
    def left_unit(self) -> LeftUnit:
        """What such rows are counted by."""
        return "groups" if self.scope == "groups" else "rows"

    @property
    def month_key(self) -> str:
        """The merge key by which the same load would replace whole months; empty if there is none."""
        return self.period_column or "" if self.scope == "keys" and self.key_within_month else ""

    @property
    def key_within_month(self) -> tuple[str, ...]:
        """What of the key the months share; empty if it holds no month, or nothing else."""
        if self.period_column not in self.primary_key:
            return ()
        return tuple(name for name in self.primary_key if name != self.period_column)

    @property
    def figures(self) -> tuple[TableColumn, ...]:
        """The numeric business columns beyond the key, where months can be held against each other by them."""
        wanted = [name for name in self.business_columns if name not in self.primary_key]
        found = (column for column in self.table_columns if column.name in wanted and column.is_numeric)
        # An undo brings back what stood there, whatever it looks like.
        return tuple(found) if self.key_within_month and self.undo is None else ()

    @property
    def target(self) -> Relation:
        """The table; a schema that ``table`` names is its own."""
        *schema, name = split_table(self.table)
        return Relation(name, schema[0] if schema else self.schemas.table, TABLE_VARIABLE)

    @property
    def images(self) -> Relation:
        """The table of before-images beside the table."""
        return Relation(images_name(self.target.name), self.target.schema, TABLE_VARIABLE)

    @property
    def loads(self) -> Relation:
        """The ledger's loads."""
        return Relation(LEDGER, self.schemas.ledger)

    @property
    def loaded_files(self) -> Relation:
        """The ledger's workbooks."""
        return Relation(LEDGER_FILES, self.schemas.ledger)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What identifies a load in the ledger, known before it runs. ``load_id`` is made by the run.

    ``actor`` is the person who loads, as far as is known: not the database's role.
    ``once`` refuses a ``plan_id`` that the ledger has already: a plan that was compared holds for one load.
    """

    load_id: str
    plan_id: str
    domain: str
    snapshot: str
    records: int
    via: str = "luigi"
    once: bool = False
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column that the records need: ``sql_type`` as PostgreSQL writes it (``numeric(8,6)``, ``date``).

    ``header`` is what people call it, with the unit that its values are in: ``规模(元)``.
    """

    name: str
    sql_type: str
    nullable: bool = False
    header: str = ""

    @property
    def is_numeric(self) -> bool:
        """Whether its values can be held against each other by their size."""
        return self.sql_type.startswith("numeric") or self.sql_type in ("integer", "bigint", "smallint")

    @property
    def label(self) -> str:
        """``规模(元) fund_scale``."""
        return f"{self.header} {self.name}" if self.header and self.header != self.name else self.name
