"""What moved by a power of ten against the month before, for people (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.plan.magnitude import sentences
from workflows.plan.model import Plan
from workflows.plan.render.lines import Line, in_both

_ONLY_THE_BATCH = (
    "本计划未查询数据库，只比较了本批次内的月份",
    "nothing was asked of a database: only the months of this batch were held against each other",
)


def moved_sentences(plan: Plan) -> list[tuple[str, str]]:
    """In Chinese and English, by month and column; where only the batch was looked at, that is said last."""
    if plan.moved is None or not plan.moved.columns:
        return []
    said = list(map(sentences, plan.moved.columns))
    return [*said, _ONLY_THE_BATCH] if plan.comparison is None and plan.load_id is None else said


def moved_lines(plan: Plan) -> Iterator[Line]:
    """The same as lines of the summary."""
    yield from (in_both(f"注意: {chinese}", f"CAUTION: {english}", "bad") for chinese, english in moved_sentences(plan))
