"""What a run adds to the tables that its facts refer to, and where they say something else than the facts (pure).

A row that is there is never overwritten: its difference is a caution, for whoever keeps that table. The rows of all
domains of a run are added together, before its first fact: two runs then wait for each other's keys in one order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from workflows.domains.references import First, Listed, Reference
from workflows.errors import PlanError, Words
from workflows.frozen import Frozen
from workflows.plan.identifiers import split_table
from workflows.plan.load_spec import TableColumn
from workflows.records.references import ReferenceRow, ReferenceRows

LISTED = 10_000
"""New rows, and differences, that a plan lists of one table; those beyond are counted."""

_NAMED = 5

_OTHER_ROWS = Words(
    "事实表所引用的表中将新增的行与计划不同", "other rows would be added to tables that the facts refer to"
)

Key = tuple[str, ...]
There = Mapping[Key, Mapping[str, str | None]]
"""Rows of a table as texts, by key and column."""


class ReferenceDifference(Frozen):
    """One value of a row that is there already: what the table says, and what the facts of the batch do."""

    table: str
    key: dict[str, str]
    column: str
    there: str | None
    here: str


class ReferenceEffect(Frozen):
    """``added`` are the rows whose keys are new, in the order of the account's columns; ``known`` counts those that are
    there. ``digest`` covers every added row, also the ``added_omitted`` beyond those listed."""

    added: tuple[ReferenceRow, ...]
    known: int
    differences: tuple[ReferenceDifference, ...] = ()
    added_omitted: int = 0
    differences_omitted: int = 0
    digest: str = ""

    @property
    def new(self) -> int:
        """How many rows are added."""
        return len(self.added) + self.added_omitted

    @property
    def different(self) -> int:
        """How many values of rows that are there are not what the facts say."""
        return len(self.differences) + self.differences_omitted


class ReferenceAccount(Frozen):
    """A table that a domain's facts refer to, by so many ``keys``. ``effect`` is None where nobody asked the database.

    A key that several domains of a run bring is added by the first of them, and known to the others.
    """

    table: str
    columns: tuple[str, ...]
    keys: int
    effect: ReferenceEffect | None = None


@dataclass(frozen=True, slots=True)
class ReferenceInsert:
    """The rows of one table that a run refers to, in the order of their keys, which are their first values."""

    table: str
    key: tuple[str, ...]
    columns: tuple[TableColumn, ...]
    rows: tuple[ReferenceRow, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, those of the key first."""
        return tuple(column.name for column in self.columns)

    def key_of(self, row: ReferenceRow) -> Key:
        """What the row is found by."""
        return tuple(map(str, row[: len(self.key)]))


def reference_inserts(parts: Iterable[Sequence[ReferenceRows]]) -> list[ReferenceInsert]:
    """What a run of these ``parts`` refers to, a table each, in an order that all runs share; none without keys.

    A value comes from the first that says one: facts that know sizes before others, then in the order of the parts.
    """
    by_table: dict[str, list[ReferenceRows]] = {}
    for each in (found for part in parts for found in part):
        by_table.setdefault(each.reference.table, []).append(each)
    inserts = [_insert(table, by_table[table]) for table in sorted(by_table, key=split_table)]
    return [insert for insert in inserts if insert.rows]


def _insert(table: str, found: Sequence[ReferenceRows]) -> ReferenceInsert:
    if len(found) == 1:
        # Each key once: nothing is to be put together.
        reference, size = found[0].reference, len(found[0].reference.key)
        columns = tuple(
            TableColumn(name, reference.sql_type(name), name not in reference.key) for name in reference.names
        )
        rows = sorted(found[0].rows, key=lambda row: tuple(map(str, row[:size])))
        return ReferenceInsert(table, tuple(reference.key), columns, tuple(rows))
    return _together(table, found)


def _together(table: str, found: Sequence[ReferenceRows]) -> ReferenceInsert:
    found = sorted(found, key=lambda each: not each.reference.knows_sizes)
    key = tuple(found[0].reference.key)
    types: dict[str, str] = {}
    rows: dict[Key, dict[str, str | int | None]] = {}
    for each in found:
        reference = each.reference
        if tuple(reference.key) != key:
            raise PlanError(
                f"{table}: 领域之间引用的键不同 / "
                f"one domain refers to it by {', '.join(key)}, another by {', '.join(reference.key)}"
            )
        types |= {name: reference.sql_type(name) for name in reference.names if name not in types}
        for row in each.rows:
            values = rows.setdefault(tuple(map(str, row[: len(key)])), {})
            for name, value in zip(reference.names, row, strict=True):
                if values.get(name) is None:
                    values[name] = value
    columns = tuple(TableColumn(name, sql_type, name not in key) for name, sql_type in types.items())
    return ReferenceInsert(table, key, columns, tuple(tuple(map(rows[each].get, types)) for each in sorted(rows)))


def unasked(part: Iterable[ReferenceRows]) -> list[ReferenceAccount]:
    """The tables that a domain's facts refer to, where nobody asked the database."""
    return [ReferenceAccount(table=e.reference.table, columns=e.reference.names, keys=len(e.rows)) for e in part]


def reference_accounts(
    parts: Sequence[Sequence[ReferenceRows]], inserts: Sequence[ReferenceInsert], there: Mapping[str, There]
) -> list[list[ReferenceAccount]]:
    """What becomes of each part's rows, given their ``inserts`` and what is ``there`` (by table) before any is added.

    Compared is what every batch would say alike: names and types. What depends on which months a batch holds (the
    largest row, values joined or counted) differs usually, and says nothing. So does a value that the facts lack.
    """
    accounts = [unasked(part) for part in parts]
    for insert in inserts:
        known = there.get(insert.table, {})
        new = {key: row for row in insert.rows if (key := insert.key_of(row)) not in known}
        then = {**known, **{key: _texts(insert, row) for key, row in new.items()}}
        for part, told in zip(parts, accounts, strict=True):
            for place, each in enumerate(part):
                if each.reference.table == insert.table:
                    keys = (insert.key_of(row) for row in each.rows)
                    added = [new.pop(key) for key in keys if key in new]
                    effect = _effect(added, len(each.rows), list(_differences(each, then)))
                    told[place] = told[place].altered(columns=insert.names, effect=effect)
    # A table without a key in any part was not asked about, and there is nothing to know.
    return [[_none_new(account) for account in told] for told in accounts]


def _none_new(account: ReferenceAccount) -> ReferenceAccount:
    return account if account.effect or account.keys else account.altered(effect=_effect([], 0, []))


def _effect(added: Sequence[ReferenceRow], keys: int, differences: Sequence[ReferenceDifference]) -> ReferenceEffect:
    said = json.dumps(sorted(added, key=repr), ensure_ascii=False)
    return ReferenceEffect(
        added=tuple(added[:LISTED]),
        added_omitted=max(0, len(added) - LISTED),
        known=keys - len(added),
        differences=tuple(differences[:LISTED]),
        differences_omitted=max(0, len(differences) - LISTED),
        digest=hashlib.sha256(said.encode()).hexdigest()[:32],
    )


def _texts(insert: ReferenceInsert, row: ReferenceRow) -> dict[str, str | None]:
    return {name: None if value is None else str(value) for name, value in zip(insert.names, row, strict=True)}


def compared_columns(reference: Reference) -> list[str]:
    """The columns that every batch would say alike."""
    return [
        name
        for name, how in reference.columns.items()
        if isinstance(how, Listed) or (isinstance(how, First) and how.steady)
    ]


def _differences(found: ReferenceRows, there: There) -> Iterator[ReferenceDifference]:
    reference = found.reference
    compared = compared_columns(reference)
    places = [(name, reference.names.index(name)) for name in compared]
    size = len(reference.key)
    for row in found.rows:
        key = tuple(map(str, row[:size]))
        known = there[key]
        for name, place in places:
            if row[place] is not None and str(row[place]) != known.get(name):
                yield ReferenceDifference(
                    table=reference.table,
                    key=dict(zip(reference.key, key, strict=True)),
                    column=name,
                    there=known.get(name),
                    here=str(row[place]),
                )


def references_moved(saved: Sequence[ReferenceAccount], now: Sequence[ReferenceAccount]) -> list[str]:
    """What would be added ``now`` that a ``saved`` plan does not list, for people; empty if there is nothing.

    What somebody else added since is there, which is all that was wanted. Beyond what a plan lists it is bound to
    exactly its new rows.
    """
    before = {account.table: account.effect for account in saved}
    lines = []
    for account in now:
        then, effect = before.get(account.table), account.effect
        if effect is None or (then is not None and then.digest == effect.digest):
            continue
        listed = set(then.added) if then else set()
        others = [row for row in effect.added if row not in listed]
        is_whole = then is not None and not then.added_omitted and not effect.added_omitted
        if others or not is_whole:
            named = ", ".join(str(row[0]) for row in others[:_NAMED]) + (", …" if len(others) > _NAMED else "")
            planned = then.new if then else "?"
            said = Words(
                f"计划新增 {planned} 行，现为 {effect.new} 行", f"{planned} new row(s) planned, {effect.new} now"
            )
            lines.append(f"  {account.table}: {said} ({named or '其他 others'})")
    return [f"{_OTHER_ROWS}:", *lines] if lines else []
