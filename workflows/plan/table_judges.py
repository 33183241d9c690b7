"""Why a batch may not be loaded, judged by what a comparison told of the table (pure)."""

from __future__ import annotations

from fractions import Fraction

from workflows.plan.judges import BatchFacts, Closed
from workflows.plan.left_rows import both_ways, sentences
from workflows.plan.magnitude import sentences as moved_sentences
from workflows.sources.gate_rules import GateSource

_GROUPS_NAMED = 5
"""Groups that a message names before it only counts them."""


def too_many_deleted(gates: GateSource, facts: BatchFacts) -> Closed | None:
    """More rows than ``max_deleted_rows`` would be deleted; judged beforehand only where a comparison told."""
    doomed = facts.doomed
    if doomed is None or gates.max_deleted_rows is None or doomed <= gates.max_deleted_rows:
        return None
    return _deleting(facts, doomed, str(doomed), str(gates.max_deleted_rows), "--max-deleted-rows")


def too_much_deleted(gates: GateSource, facts: BatchFacts) -> Closed | None:
    """A larger share of the rows in scope than ``max_deleted_ratio`` would be deleted."""
    doomed, ratio, unchanged = facts.doomed, gates.max_deleted_ratio, facts.effect.unchanged
    if doomed is None or ratio is None or unchanged is None:
        return None
    # A Fraction is exact, as PostgreSQL's numeric is; a product of Decimals is rounded to the context's digits.
    in_scope = doomed + unchanged
    if doomed <= Fraction(ratio) * in_scope:
        return None
    return _deleting(facts, doomed, f"{doomed / in_scope:.6f}", f"{ratio:f}", "--max-deleted-ratio")


def _deleting(facts: BatchFacts, doomed: int, found: str, limit: str, flag: str) -> Closed:
    in_scope = doomed + (facts.effect.unchanged or 0)
    return Closed(
        doomed,
        found,
        limit,
        f"范围内 {in_scope} 行中将删除 {doomed} 行，请核对改动；确认无误可用 {flag} 放宽上限",
        f"{doomed} of the {in_scope} rows in scope would be deleted; look at the changes, and raise the limit with "
        f"{flag} if they are right",
    )


def left_in_the_table(gates: GateSource, facts: BatchFacts) -> Closed | None:
    """Rows of an earlier load would stay beside those that replace them, where that is to block."""
    count = facts.left_behind
    if gates.left_behind != "block" or not count:
        return None
    behind = [rows for rows in facts.left or () if rows.kind == "left_behind"]
    said = [sentences(rows) for rows in behind]
    where = "；".join(chinese for chinese, _ in said), "; ".join(english for _, english in said)
    return Closed(count, str(count), "0", *both_ways(where, str(count), facts.month_key, behind[0].unit))


def too_much_of_a_group(gates: GateSource, facts: BatchFacts) -> Closed | None:
    """A group would lose a larger share of its rows than ``max_group_shrink``."""
    ratio = gates.max_group_shrink
    shrunk = facts.shrunk(ratio)
    if ratio is None or not shrunk:
        return None
    worst = max(Fraction((group.before or 0) - group.rows, group.before or 1) for group in shrunk)
    where = "; ".join(
        f"{' | '.join(map(str, group.key.values()))}: {group.before} -> {group.rows}"
        for group in shrunk[:_GROUPS_NAMED]
    )
    more = f" (+{len(shrunk) - _GROUPS_NAMED})" if len(shrunk) > _GROUPS_NAMED else ""
    return Closed(
        len(shrunk),
        f"{float(worst):.6f}",
        f"{ratio:f}",
        f"{len(shrunk)} 个分组的行数减少超过上限：{where}{more}，请核对文件是否完整",
        f"{len(shrunk)} group(s) would lose more of their rows than is allowed: {where}{more}; look whether the "
        "workbooks are whole",
    )


def moved_by_a_power_of_ten(gates: GateSource, facts: BatchFacts) -> Closed | None:
    """Most of a month's figures moved by the same power of ten against the month before, where that is to block."""
    if gates.magnitude_moved != "block" or facts.moved is None or not facts.moved.keys:
        return None
    said = list(map(moved_sentences, facts.moved.columns))
    where = "；".join(chinese for chinese, _ in said), "; ".join(english for _, english in said)
    return Closed(facts.moved.keys, str(facts.moved.keys), "0", *where)
