"""Why a batch may not be loaded: what the gates look at, and the judgement of each (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from workflows.plan.changes import Effect
from workflows.plan.left_rows import LeftRows, left_behind
from workflows.plan.magnitude import Magnitudes
from workflows.records.accounts import FileAccount, GroupRows
from workflows.sources.gate_rules import GateSource
from workflows.sources.keys import Scope

NOTHING_KNOWN = Effect()
# How many cells a message names before it only counts them.
_NAMED = 10


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """What the gates look at: the chosen ``files`` after the merge, and how many ``records`` would be staged.

    ``effect`` is what a comparison found, empty without one. ``scope`` is what is replaced, ``month_key`` the merge key
    by which months could be; ``totals_mismatches`` are places with both figures, ``doubtful_codes`` cells whose code
    another one spells otherwise. ``left`` is what stays in the table besides the batch, ``groups`` are those that are
    replaced with the table's rows of each, ``moved`` what a power of ten lies between, None where it is not known.
    ``unverified`` rows of a load that is taken back cannot be held against its records.
    """

    files: Sequence[FileAccount]
    records: int
    scope: Scope
    totals_mismatches: Sequence[str] = ()
    doubtful_codes: Sequence[str] = ()
    other_months_block: bool = True
    effect: Effect = NOTHING_KNOWN
    left: Sequence[LeftRows] | None = None
    moved: Magnitudes | None = None
    month_key: str = ""
    groups: Sequence[GroupRows] | None = None
    unverified: int = 0

    @property
    def reject_rows(self) -> int:
        """Rejected rows of all files."""
        return sum(file.rejects for file in self.files)

    @property
    def data_rows(self) -> int:
        """Records, rejected rows and collapsed duplicates: what rejects are a part of."""
        return self.reject_rows + sum(file.records + file.duplicate_rows for file in self.files)

    @property
    def other_month_records(self) -> int:
        """Records of all files whose month is not their file's."""
        return sum(sum(file.other_months.values()) for file in self.files)

    @property
    def left_behind(self) -> int | None:
        """Rows that an earlier load of the same months and parts wrote and that would stay; None where not known."""
        return None if self.left is None else left_behind(self.left)

    def shrunk(self, ratio: Decimal | None) -> list[GroupRows] | None:
        """The groups that would lose more than this part of their rows; None where that is not known."""
        if self.groups is None:
            return None
        share = Fraction(1 if ratio is None else ratio)
        return [group for group in self.groups if (group.before or 0) - group.rows > share * (group.before or 0)]

    @property
    def moved_keys(self) -> int | None:
        """Keys whose figures moved by a power of ten; None where that is not known."""
        return None if self.moved is None else self.moved.keys

    @property
    def doomed(self) -> int | None:
        """The rows that would be deleted, changed ones included; None without a comparison."""
        changed, removed = self.effect.changed, self.effect.removed
        return None if changed is None or removed is None else changed + removed


@dataclass(frozen=True, slots=True)
class Closed:
    """Why a gate is closed: what it ``counted``, what was ``found`` and what the ``limit`` is, for people."""

    counted: int
    found: str
    limit: str
    chinese: str
    english: str


def too_many_rejects(gates: GateSource, facts: BatchFacts) -> Closed | None:
    """More of the data rows are rejected than ``max_reject_ratio`` allows."""
    rejects, data_rows = facts.reject_rows, facts.data_rows
    # Exactly: 29 of 100 is 0.29, which no binary fraction is.
    if not rejects or rejects <= Fraction(gates.max_reject_ratio) * data_rows:
        return None
    share = Decimal(rejects) / data_rows
    return Closed(
        rejects,
        f"{share:.6f}",
        f"{gates.max_reject_ratio:f}",
        f"{data_rows} 行数据中有 {rejects} 行被拒收（{share:.2%}），请修正文件",
        f"{rejects} of {data_rows} data rows are rejected ({share:.2%}); mend the workbooks",
    )


def rejects_where_months_are_replaced(_gates: GateSource, facts: BatchFacts) -> Closed | None:
    """Any rejected row would vanish from the table with its month, or with its group."""
    rejects = facts.reject_rows
    chinese, english = ("整月", "periods") if facts.scope == "months" else ("整组", "groups")
    if facts.scope == "keys" or not rejects:
        return None
    return Closed(
        rejects,
        str(rejects),
        "0",
        f"{chinese}替换时，{rejects} 行被拒收的数据会从表中消失，请修正文件",
        f"whole {english} are replaced, so {rejects} rejected row(s) would vanish from the table; mend the workbooks",
    )


def other_months(facts: BatchFacts) -> dict[str, int]:
    """Records by month that is not their file's, as ``2024-08 in path``."""
    return {
        f"{month} in {file.path}": count for file in facts.files for month, count in sorted(file.other_months.items())
    }


def too_many_of_other_months(gates: GateSource, facts: BatchFacts) -> Closed | None:
    """More records than ``max_other_months_ratio`` allows would change a month that is not their file's."""
    strays = other_months(facts)
    count, records = sum(strays.values()), sum(file.records for file in facts.files)
    # Where months are replaced such a row is the reject period_mismatch already.
    if (
        facts.scope == "months"
        or not facts.other_months_block
        or not count
        or count <= Fraction(gates.max_other_months_ratio) * records
    ):
        return None
    share = Decimal(count) / records
    where = ", ".join(f"{place}: {number}" for place, number in strays.items())
    return Closed(
        count,
        f"{share:.6f}",
        f"{gates.max_other_months_ratio:f}",
        f"{records} 条记录中有 {count} 条不属于文件所在月份（{where}），载入会改动其他月份，请核对文件",
        f"{count} of {records} records are not of their workbook's month ({where}), so other months would be changed; "
        "look at the workbooks",
    )


def empty(gates: GateSource, facts: BatchFacts) -> Closed | None:
    """Nothing is there to load, or a month would be emptied."""
    empty = [file.path for file in facts.files if not file.records]
    if gates.allow_empty or (facts.records and not (empty and facts.scope == "months")):
        return None
    names = ", ".join(empty)
    return Closed(
        len(empty),
        "0",
        "1",
        f"没有有效记录：{names}；如确需清空，请用 --allow-empty",
        f"no valid record was found in {names}; an empty load is refused unless --allow-empty says that it is meant",
    )


def too_few(gates: GateSource, facts: BatchFacts) -> Closed | None:
    """Fewer records than ``min_rows``."""
    if gates.min_rows is None or not 0 < facts.records < gates.min_rows:
        return None
    return Closed(
        facts.records,
        str(facts.records),
        str(gates.min_rows),
        f"只有 {facts.records} 条记录，应不少于 {gates.min_rows} 条",
        f"{facts.records} records, at least {gates.min_rows} expected",
    )


def totals(gates: GateSource, facts: BatchFacts) -> Closed | None:
    """A totals row differs from its rows' sum, where that is to block."""
    if gates.totals != "block" or not facts.totals_mismatches:
        return None
    where = "; ".join(facts.totals_mismatches)
    count = len(facts.totals_mismatches)
    return Closed(
        count,
        str(count),
        "0",
        f"合计行与明细之和不符：{where}",
        f"totals rows differ from the sum of the rows: {where}",
    )


def not_verified(_gates: GateSource, facts: BatchFacts) -> Closed | None:
    """The records of a load that is taken back are gone: rows that were changed by hand since would be lost."""
    count = facts.unverified
    if not count:
        return None
    return Closed(
        count,
        str(count),
        "0",
        f"原载入的记录文件已不存在，无法核对其写入的 {count} 行之后是否被人工改动",
        f"the load's own records are gone, so nobody can tell whether the {count} row(s) that it wrote were changed by"
        " hand since",
    )


def codes_spelled_twice(_gates: GateSource, facts: BatchFacts) -> Closed | None:
    """Text and number spell the same number in a column of codes: one code would be loaded as two, or two are right."""
    count = len(facts.doubtful_codes)
    if not count:
        return None
    where = "; ".join(facts.doubtful_codes[:_NAMED]) + (f"; … (+{count - _NAMED})" if count > _NAMED else "")
    return Closed(
        count,
        str(count),
        "0",
        f"同列的文本代码与数字代码数值相同，无法确定是否同一代码：{where}；请将该列统一为文本格式",
        f"text and number spell the same number in a column of codes: {where}; format the column as text",
    )
