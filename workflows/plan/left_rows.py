"""Rows that a load by keys leaves in the table although somebody may take them for gone (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args

from pydantic import Field

from workflows.errors import Words
from workflows.frozen import Frozen

LeftKind = Literal["left_behind", "kept_rejected", "unknown_source"]
LeftUnit = Literal["rows", "groups"]
LEFT_KINDS: tuple[LeftKind, ...] = get_args(LeftKind)

KEYS_NAMED = 5
"""Keys that a group of such rows names; its digest covers all."""


class LeftRows(Frozen):
    """Rows of the table that are not in the batch and stay: of one kind, ``month`` (``2024-12``) and source. Where a
    load replaces groups, they are whole ``groups`` that it does not name: counted as such, each with its rows.

    ``path`` is the workbook that they came from (empty: no row says), ``batch`` the workbooks that are loaded for its
    month and part. ``left_behind`` rows were written by an earlier load of that month and part; of ``kept_rejected``
    ones the batch holds the key in a rejected row; no load of the ledger knows the source of ``unknown_source`` ones.
    ``keys`` are the first ones as text, ``digest`` covers all.
    """

    kind: LeftKind
    month: str
    path: str
    batch: str
    rows: int
    keys: list[str] = Field(default_factory=list)
    digest: str = ""
    unit: LeftUnit = "rows"


_SENTENCES: dict[str, tuple[str, str]] = {
    "left_behind": (
        "{month} 有 {what}来自 {path}，{batch} 中没有",
        "{what} of {month} came from {path} and are not in {batch}",
    ),
    "restated": (
        "{month} 有 {what}是此前从 {path} 载入的，现在的文件中已没有",
        "{what} of {month} came from an earlier load of {path} and are no longer in it",
    ),
    "kept_rejected": (
        "{month} 有 {what}来自 {path}，其主键在本批次中被拒收，表中原有的行保留",
        "{what} of {month} from {path} are kept, as this batch holds their keys in rejected rows",
    ),
    "unknown_source": (
        "{month} 有 {what}来源不明（{path}），本批次中没有，保留在表中",
        "{what} of {month} are of a source that no load knows ({path}), not in this batch, and kept",
    ),
}


def sentences(left: LeftRows) -> tuple[str, str]:
    """What is to be said of these rows, in Chinese and in English."""
    kind = "restated" if left.kind == "left_behind" and left.path == left.batch else left.kind
    chinese, english = _SENTENCES[kind]
    parts = {"month": left.month or "?", "path": left.path or "?", "batch": left.batch}
    counted = _counted(left.unit, str(left.rows))
    return chinese.format(what=counted[0], **parts), english.format(what=counted[1], **parts)


def _counted(unit: LeftUnit, count: str) -> tuple[str, str]:
    return (f"{count} 行", f"{count} row(s)") if unit == "rows" else (f"{count} 个分组", f"{count} group(s)")


def sentence_formats(kind: str, unit: LeftUnit) -> tuple[str, str]:
    """The same for the server's ``format(…, rows, month, path, batch)``."""
    chinese, english = _SENTENCES[kind]
    parts = {"month": "%2$s", "path": "%3$s", "batch": "%4$s"}
    counted = _counted(unit, "%1$s")
    return chinese.format(what=counted[0], **parts), english.format(what=counted[1], **parts)


def left_behind(left: Iterable[LeftRows]) -> int:
    """How many rows (or groups) an earlier load of the same months and parts left."""
    return sum(rows.rows for rows in left if rows.kind == "left_behind")


def both_ways(where: tuple[str, str], count: str, month_key: str, unit: LeftUnit) -> tuple[str, str]:
    """Why rows left behind block, and how months are replaced instead, by ``month_key`` (empty: they cannot be)."""
    counted = _counted(unit, count)
    chinese = f"以下 {counted[0]}由同月份更早的载入写入，本批次中没有，载入后仍会留在表中：{where[0]}"
    english = (
        f"{counted[1]} that earlier loads of the same month and part wrote are not in this batch and would stay in"
        f" the table: {where[1]}"
    )
    if month_key:
        chinese += f"；如应整月替换，请用 --merge-key {month_key}"
        english += f"; replace whole months with --merge-key {month_key}"
    return chinese, english


def as_left_rows(found: Iterable[Sequence[Any]], unit: LeftUnit) -> list[LeftRows]:
    """Rows of ``left_sql.left_rows`` -> groups by kind, month and path."""
    groups = [
        LeftRows(kind=kind, month=month, path=path, batch=batch, rows=rows, keys=list(keys), digest=digest, unit=unit)
        for kind, month, path, batch, rows, keys, digest in found
    ]
    return sorted(groups, key=lambda each: (LEFT_KINDS.index(each.kind), each.month, each.path))


def left_moved(saved: Iterable[LeftRows], now: Iterable[LeftRows]) -> list[str]:
    """How the rows that stay differ from those that a plan was approved with; empty if they are the same."""
    before, after = ({(each.kind, each.month, each.path): each for each in side} for side in (saved, now))
    moved = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
    return [
        f"  {' '.join(key)}: 计划时 planned {_told(before.get(key))}, 现为 now {_told(after.get(key))}" for key in moved
    ]


def _told(left: LeftRows | None) -> str:
    if left is None:
        return "无 none"
    more = ", …" if left.rows > len(left.keys) else ""
    counted = Words(*_counted(left.unit, str(left.rows)))
    return f"{counted} ({', '.join(left.keys)}{more})"
