"""What a comparison's rows amount to: an effect, a list of changes, and how two comparisons differ (pure)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from workflows.errors import Words
from workflows.plan.change_columns import place_columns, value_columns
from workflows.plan.changes import ChangeKind, Comparison, Effect, MonthEffect, RowChange
from workflows.plan.left_rows import left_moved
from workflows.plan.load_spec import LoadSpec
from workflows.plan.magnitude import NOTHING_MOVED
from workflows.plan.model import Plan
from workflows.records.accounts import FileAccount

CHANGES_LISTED = 10_000
"""Changes kept in a plan; those beyond are counted and are part of the digest."""

CELLS_LISTED = 100_000
"""And no further change once there are as many cells: of a wide table 10,000 whole rows would be 20 MB of plan.json."""

KINDS: Mapping[str, str] = {"added": "新增", "changed": "修改", "removed": "删除", "unchanged": "不变"}
"""What becomes of rows, in Chinese."""

ColumnMaps = Mapping[tuple[str, str], FileAccount]
"""By workbook and sheet: its account, which knows the column of each field."""


@dataclass(frozen=True, slots=True)
class BatchShape:
    """What is known of a batch besides its rows: how many to a month (``2024-11``), and each file's columns.

    ``summed`` are the additive columns, whose sums are compared by month.
    """

    months: Mapping[str, int] = field(default_factory=dict)
    columns_of: ColumnMaps = field(default_factory=dict)
    summed: tuple[str, ...] = ()


def compared(
    spec: LoadSpec,
    rows: Iterable[Sequence[str | None]],
    staged: int,
    staged_months: Mapping[str, int],
    columns_of: ColumnMaps,
    summed: Sequence[str] = (),
) -> Comparison:
    """The rows of ``compare_sql.changed_rows`` -> counts and the first changes; memory holds no more than those.

    ``staged`` rows went into the comparison, ``staged_months`` of them by month (``2024-11``). ``summed`` are the
    additive columns, whose growth is added up by month.
    """
    digest, changes, count, cells = hashlib.sha256(), list[RowChange](), 0, 0
    kinds: Counter[tuple[str, str]] = Counter()
    growth: dict[tuple[str, str], Decimal] = {}
    summed_at = _positions(spec, summed)
    places_at = 2 + len(spec.named_by) + 2 * len(value_columns(spec))
    # json.dumps would make an encoder for each row.
    has_key, as_json = bool(spec.primary_key), json.JSONEncoder(ensure_ascii=False).encode
    for row in rows:
        equal = 1 if has_key else _equal_rows(spec, row)
        month = str(row[1] or "")
        kinds[month, str(row[0])] += equal
        count += 1
        for name, (old, new) in summed_at.items():
            key = (month, name)
            growth[key] = growth.get(key, Decimal()) + equal * (Decimal(row[new] or 0) - Decimal(row[old] or 0))
        # Where a row stands is no part of what it says.
        said = [row[0], *row[2:places_at], *([] if has_key else [equal])]
        digest.update(as_json(said).encode() + b"\n")
        if count <= CHANGES_LISTED and cells < CELLS_LISTED:
            changes.append(row_change(spec, row, columns_of))
            cells += len(changes[-1].cells)
    total = Counter[str]()
    for (_month, kind), number in kinds.items():
        total[kind] += number
    effect = Effect(
        added=total["added"],
        changed=total["changed"],
        removed=total["removed"],
        unchanged=staged - total["added"] - total["changed"],
    )
    months = {} if spec.mode == "append" else dict(_months(kinds, staged_months, growth))
    return Comparison(
        effect=effect,
        digest=digest.hexdigest(),
        months=months,
        changes=changes,
        changes_omitted=count - len(changes),
    )


def _equal_rows(spec: LoadSpec, row: Sequence[str | None]) -> int:
    """How many equal rows the query speaks of: where rows have a key it is one."""
    return 1 if spec.primary_key else int(row[-1] or 1)


def _positions(spec: LoadSpec, summed: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Where a row of the query holds the old and the new value of each of these columns."""
    values = value_columns(spec)
    first = 2 + len(spec.named_by)
    return {
        name: (first + values.index(name), first + len(values) + values.index(name))
        for name in summed
        if name in values
    }


def _months(
    kinds: Mapping[tuple[str, str], int], staged: Mapping[str, int], growth: Mapping[tuple[str, str], Decimal]
) -> Iterator[tuple[str, MonthEffect]]:
    for month in sorted({*staged, *(month for month, _ in kinds)} - {""}):
        added, changed = kinds.get((month, "added"), 0), kinds.get((month, "changed"), 0)
        yield (
            month,
            MonthEffect(
                added=added,
                changed=changed,
                removed=kinds.get((month, "removed"), 0),
                # What an undo brings back is counted by month nowhere, and none of it is there.
                unchanged=max(0, staged.get(month, 0) - added - changed),
                growth={name: f"{value:f}" for (where, name), value in growth.items() if where == month},
            ),
        )


def row_change(spec: LoadSpec, row: Sequence[str | None], columns_of: ColumnMaps) -> RowChange:
    """One row of the query as a change that names its cells."""
    kind, _month, *texts = row
    keys, values = len(spec.named_by), value_columns(spec)
    old = texts[keys : keys + len(values)]
    new = texts[keys + len(values) : keys + 2 * len(values)]
    place = dict(zip(place_columns(spec), texts[keys + 2 * len(values) :], strict=False))
    file, sheet, number = place.get(spec.path_column), place.get("source_sheet"), place.get("source_row")
    account = columns_of.get((file or "", sheet or ""))
    # A sheet's own header may say another unit than the values are kept in.
    headers = {column.name: column.header for column in spec.table_columns}
    cells = []
    for name, before, after in zip(values, old, new, strict=True):
        if before == after:
            continue
        found = account.column(name, int(number or 0)) if account else None
        letter = found.letter if found and kind != "removed" else ""
        cells.append(
            {
                "field": name,
                "header": headers.get(name) or (found.header if found else ""),
                "old": before,
                "new": after,
                "cell": f"{file}!{sheet}!{letter}{number}" if letter and number else "",
            }
        )
    where = "!".join(part for part in (file, sheet) if part)
    # With its cells in one call: 100,000 objects made one by one take much longer.
    return RowChange.model_validate(
        {
            "kind": kind,
            "key": dict(zip(spec.named_by, texts[:keys], strict=True)),
            "place": f"{where} row {number}" if where and number else where,
            "cells": cells,
            "rows": _equal_rows(spec, row),
        }
    )


def moved_since(saved: Plan, now: Comparison, named: int = 10) -> list[str]:
    """How the table differs from what ``saved`` was approved for, for people; empty if it is as it was."""
    if saved.comparison is None:
        return []
    if saved.comparison.table != now.table:
        was, table = saved.comparison.table, now.table
        return [
            str(Words(f"计划对比的是 {was}，现为 {table}", f"the plan was compared with {was}, and this is {table}"))
        ]
    stays = left_moved(saved.comparison.left or [], now.left or [])
    if stays:
        said = Words(
            f"{saved.table} 中将留下的行与计划时不同",
            f"rows of {saved.table} that would be left in it are others than when the plan was made",
        )
        stays = [f"{said}:", *stays]
    if (saved.comparison.moved or NOTHING_MOVED) != (now.moved or NOTHING_MOVED):
        said = Words(
            "与上月相差百倍、千倍或万倍的数值已与计划时不同",
            "what moved by a power of ten against the month before is not what it was when the plan was made",
        )
        stays.append(str(said))
    if now.digest == saved.comparison.digest:
        return stays
    before, after = _by_key(saved.changes), _by_key(now.changes)
    moved = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
    beyond = ("至少 ", "at least ") if saved.changes_omitted or now.changes_omitted else ("", "")
    said = Words(
        f"计划之后 {saved.table} 中有{beyond[0]} {len(moved)} 行已变",
        f"{beyond[1]}{len(moved)} row(s) of {saved.table} changed since the plan was made",
    )
    lines = [f"{said}:"]
    lines += [f"  {key}: {_meant(before.get(key, []), after.get(key, []))}" for key in moved[:named]]
    if len(moved) > named:
        lines.append(f"  … 另有 {len(moved) - named} / and {len(moved) - named} more")
    return [*lines, *stays]


_Meaning = tuple[ChangeKind, int, tuple[tuple[str, str | None, str | None], ...]]
"""What happens, to how many equal rows, and the old and new values."""


def _by_key(changes: Iterable[RowChange]) -> dict[str, list[_Meaning]]:
    """What happens to the rows of each key, or of each name where rows have no key and several may share it."""
    found: dict[str, list[_Meaning]] = {}
    for change in changes:
        key = " | ".join(str(value) for value in change.key.values())
        meaning = (change.kind, change.rows, tuple((cell.label, cell.old, cell.new) for cell in change.cells))
        found.setdefault(key, []).append(meaning)
    return found


def _meant(before: Sequence[_Meaning], after: Sequence[_Meaning]) -> Words:
    """What was to happen to a row, and what would happen now."""
    was, now, kept = _what(before), _what(after), Words("不动", "left alone")
    old = ", ".join(f"{name} {value}" for *_, cells in after for name, value, _new in cells if value is not None)
    has = Words(f"（表中为 {old}）", f" (the table has {old})") if old else Words("", "")
    was_to_be, would_be = was or kept, now or kept
    return Words(
        f"原定{was_to_be.chinese}，现将{would_be.chinese}{has.chinese}",
        f"was to be {was_to_be.english}, would be {would_be.english} now{has.english}",
    )


def _what(meanings: Sequence[_Meaning]) -> Words | None:
    if not meanings:
        return None
    chinese = [KINDS[kind] + (f" {rows} 行" if rows > 1 else "") for kind, rows, _cells in meanings]
    english = [kind + (f" ({rows} rows)" if rows > 1 else "") for kind, rows, _cells in meanings]
    return Words("、".join(chinese), " and ".join(english))
