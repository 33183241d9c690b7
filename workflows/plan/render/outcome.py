"""What a plan comes to, in one sentence and a handful of buckets (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.plan.model import Plan

OUTCOMES: dict[str, tuple[str, str]] = {
    "planned": ("待执行", "planned, nothing loaded yet"),
    "verified": ("已核对", "verified, nothing loaded yet"),
    "blocked": ("已拦截", "blocked, nothing can be loaded"),
    "loaded": ("已载入", "loaded and committed"),
    "unchanged": ("无变化", "unchanged, the table held exactly these rows"),
    "failed": ("失败", "failed, nothing was loaded"),
    "unfinished": ("未完成", "not done when this host left it, others go on"),
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """Rows of one fate; ``kind`` is its colour, ``rows`` None where only the database can tell."""

    kind: str
    chinese: str
    english: str
    rows: int | None


def headline(plan: Plan) -> tuple[str, str]:
    """One sentence each, in Chinese and English: what will happen, or what happened."""
    if plan.undoes is not None:
        return _taken_back(plan, plan.undoes)
    books = len({file.path for file in plan.files})
    files, table = _count(books, "workbook"), plan.table
    chinese, english = period_text(plan)
    source = f"{books} 个文件（{chinese}）"
    if plan.outcome == "blocked":
        return (
            f"未通过检查，不能载入：{source}的 {plan.records:,} 条记录{_rejected(plan)[0]}",
            f"Not to be loaded as it stands: {_count(plan.records, 'record')} of {english} from {files}"
            f"{_rejected(plan)[1]}",
        )
    if plan.outcome == "loaded":
        gone, new = f"{plan.effect.deleted or 0:,}", f"{plan.effect.inserted or 0:,}"
        return (
            f"已从 {source}载入 {table}：删除 {gone} 行，写入 {new} 行{_rejected(plan)[0]}",
            f"Loaded {english} from {files} into {table}: {gone} deleted, {new} inserted{_rejected(plan)[1]}",
        )
    if plan.outcome == "unchanged":
        return (
            f"{table} 中已有完全相同的 {plan.records:,} 条记录（{chinese}），没有任何改动{_rejected(plan)[0]}",
            f"{table} already held exactly these {_count(plan.records, 'record')} of {english}; no row was changed"
            f"{_rejected(plan)[1]}",
        )
    verb = ("将追加到", "Would append") if plan.mode == "append" else ("将载入", "Would load")
    effect = _compared(plan)
    return (
        f"{source}的 {plan.records:,} 条记录{verb[0]} {table}{effect[0]}{_rejected(plan)[0]}",
        f"{verb[1]} {_count(plan.records, 'record')} of {english} from {files} into {table}{effect[1]}"
        f"{_rejected(plan)[1]}",
    )


def _taken_back(plan: Plan, load_id: str) -> tuple[str, str]:
    """The same of a load that takes another one back."""
    effect, table = plan.effect, plan.table
    if plan.outcome == "blocked":
        return f"未通过检查，不能撤销载入 {load_id}", f"Load {load_id} is not to be taken back as it stands"
    if plan.load_id is not None:
        gone, back = f"{effect.deleted or 0:,}", f"{effect.inserted or 0:,}"
        return (
            f"已撤销 {table} 的载入 {load_id}：移走 {gone} 行，恢复 {back} 行",
            f"Took back load {load_id} of {table}: {gone} rows are gone, {back} came back",
        )
    back, changed, gone = (f"{count or 0:,}" for count in (effect.added, effect.changed, effect.removed))
    return (
        f"将撤销 {table} 的载入 {load_id}：恢复 {back} 行，改回 {changed} 行，移走 {gone} 行",
        f"Would take back load {load_id} of {table}: {back} rows come back, {changed} change back, {gone} go",
    )


def _compared(plan: Plan) -> tuple[str, str]:
    """What the records do to the table, where that is known."""
    if not is_compared(plan):
        return "", ""
    added, changed, removed = (f"{bucket.rows or 0:,}" for bucket in _effect(plan)[:3])
    return f"：新增 {added}，修改 {changed}，删除 {removed}", f": {added} added, {changed} changed, {removed} removed"


def _rejected(plan: Plan) -> tuple[str, str]:
    if not plan.reject_rows:
        return "", ""
    return f"，{plan.reject_rows:,} 行被拒绝", f"; {_count(plan.reject_rows, 'row')} rejected"


def period_text(plan: Plan) -> tuple[str, str]:
    """The files' periods as people say them: one month, or the first and last and how many."""
    if not plan.periods:
        return "无月份", "no month"
    first, last = plan.periods[0], plan.periods[-1]
    if first == last:
        return first, first
    return f"{first} 至 {last} 共 {len(plan.periods)} 个月", f"{len(plan.periods)} months ({first} to {last})"


def buckets(plan: Plan) -> list[Bucket]:
    """The rows by what becomes of them, as finely as is known; always with the rejected ones, last.

    A comparison (or an execution that compared) tells added, changed and removed apart; an execution without one
    tells deleted and inserted; a plan that asked nothing of the database knows its records only.
    """
    return [*_effect(plan), Bucket("rejected", "拒绝", "rejected", plan.reject_rows)]


def is_compared(plan: Plan) -> bool:
    """Whether the plan tells the added from the changed."""
    return plan.effect.added is not None


def _effect(plan: Plan) -> list[Bucket]:
    effect = plan.effect
    unchanged = Bucket("unchanged", "不变", "unchanged", effect.unchanged)
    if is_compared(plan):
        return [
            Bucket("added", "新增", "added", effect.added),
            Bucket("changed", "修改", "changed", effect.changed),
            Bucket("removed", "删除", "removed", effect.removed),
            unchanged,
        ]
    if effect.inserted is not None:
        return [
            Bucket("added", "写入", "inserted", effect.inserted),
            Bucket("removed", "删除", "deleted", effect.deleted),
            unchanged,
        ]
    return [Bucket("records", "待载入", "to load", plan.records)]


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
